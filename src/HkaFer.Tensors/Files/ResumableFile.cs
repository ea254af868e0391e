namespace HkaFer;

/// <summary>
/// A file that grows at its end, over several runs of the program if need be. Whoever is done gives it its name with <see cref="AtomicFile.Move"/>.
/// </summary>
public sealed class ResumableFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _path;

    private ResumableFile(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Bytes that it holds.</summary>
    public long Length => _stream.Length;

    /// <summary>Opens a file, which keeps what it holds; it and the folders on the way are made where they do not exist.</summary>
    /// <param name="path">The file. A link is replaced by a file: what is written must not land where it leads.</param>
    /// <exception cref="HkaFerException">It cannot be written.</exception>
    public static ResumableFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            AtomicFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (new FileInfo(path).LinkTarget is not null)
            {
                File.Delete(path);
            }

            FileSteps.Before("open", path);
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.Seek(0, SeekOrigin.End);
            return new ResumableFile(path, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(path, e);
        }
    }

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="HkaFerException">They cannot be written; what the file holds is kept.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(_path, e);
        }
    }

    /// <summary>Begins anew.</summary>
    /// <exception cref="HkaFerException">It cannot be written.</exception>
    public void Clear()
    {
        try
        {
            _stream.SetLength(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteError.Of(_path, e);
        }
    }

    /// <summary>Closes it; what it holds stays.</summary>
    public void Dispose() => _stream.Dispose();
}
