using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A file that is gone when the test is done.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly Scratch _scratch = new();

    internal TemporaryFile(byte[] content) => Path = _scratch.Write("recipe.yaml", content);

    internal string Path { get; }

    public void Dispose() => _scratch.Dispose();
}
