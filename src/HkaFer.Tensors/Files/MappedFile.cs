using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace HkaFer.Tensors;

/// <summary>
/// A file's bytes as tensors, without reading them: pages come when they are touched, and the system may take them back at any time. Lives as long as
/// a tensor refers to it. The file must not be cut while it is mapped; replacing it by another of its name does no harm.
/// </summary>
public sealed class MappedFile
{
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(MemoryMappedViewAccessor view, long length) => (_view, Length) = (view, length);

    /// <summary>Bytes of the file when it was mapped.</summary>
    public long Length { get; }

    /// <summary>Maps an open file.</summary>
    /// <param name="file">Open for reading; may be closed afterwards.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="HkaFerException">The system does not map it.</exception>
    public static MappedFile Open(SafeFileHandle file, string path)
    {
        try
        {
            // Writes would go to private copies of pages: no mistake above reaches the file, or ends the process.
            using var mapped = MemoryMappedFile.CreateFromFile(
                file, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
            return new MappedFile(mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite), RandomAccess.GetLength(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new HkaFerException($"{path}: cannot be mapped into memory ({e.Message})", e);
        }
    }

    /// <summary>A range of the file as a tensor, in the file's own bytes.</summary>
    /// <param name="start">First byte; a multiple of the element's size.</param>
    /// <param name="shape">Sizes; row-major.</param>
    /// <param name="dtype">Element type.</param>
    /// <exception cref="HkaFerException">The range leaves the file, or starts within an element.</exception>
    public Tensor Tensor(long start, Shape shape, DType dtype)
    {
        long bytes = checked(shape.Count * dtype.Size());
        Guard.That(
            start >= 0 && start % dtype.Size() == 0 && bytes <= Length - start,
            $"map: {dtype} {shape} at byte {start} does not fit a file of {Length:N0} bytes, or starts within an element");
        return new Tensor(new Storage(Device.Cpu, this, _view.SafeMemoryMappedViewHandle.DangerousGetHandle() + (nint)start, bytes), shape, dtype);
    }
}
