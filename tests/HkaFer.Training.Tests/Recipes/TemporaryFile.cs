namespace HkaFer.Training.Tests;

/// <summary>A file that is gone when the test is done.</summary>
internal sealed class TemporaryFile : IDisposable
{
    internal TemporaryFile(byte[] content) => File.WriteAllBytes(Path, content);

    internal string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"hkafer-{Guid.NewGuid():N}.yaml");

    public void Dispose() => File.Delete(Path);
}
