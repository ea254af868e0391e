using System.Buffers.Binary;
using HkaFer.Tensors;
using Microsoft.Win32.SafeHandles;

namespace HkaFer.Models;

/// <summary>A safetensors file opened for reading; tensors are read when asked for.</summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private MappedFile? _mapped;

    private SafeTensorsFile(string path, SafeFileHandle handle, Dictionary<string, SafeTensorInfo> tensors, Dictionary<string, string> metadata)
    {
        (Path, _handle, Tensors, Metadata) = (path, handle, tensors, metadata);
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>What is in it.</summary>
    public IReadOnlyDictionary<string, SafeTensorInfo> Tensors { get; }

    /// <summary>Free text of the writer.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="HkaFerException">The file is missing, unreadable, truncated or not a safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            if (InputFile.HoldsNothing(path))
            {
                throw new HkaFerException($"{path}: is empty, or is no file but a pipe or a device; expected a safetensors file");
            }

            handle = File.OpenHandle(path);
            long length = RandomAccess.GetLength(handle);
            Span<byte> prefix = stackalloc byte[8];
            ReadFully(path, handle, prefix, 0);
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (size > SafeTensorsHeader.Limit || (long)size > length - 8)
            {
                throw new HkaFerException(
                    $"{path}: not a safetensors file; it claims a header of {size:N0} bytes in a file of {length:N0} (limit {SafeTensorsHeader.Limit:N0})");
            }

            var json = new byte[size];
            ReadFully(path, handle, json, 8);
            (var tensors, var metadata) = SafeTensorsHeader.Parse(path, json, 8 + (long)size, length);
            return new SafeTensorsFile(path, handle, tensors, metadata);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); expected a safetensors file", e);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="dtype">The type to convert to; as stored where not given.</param>
    /// <exception cref="HkaFerException">There is no such tensor, or the file changed under way.</exception>
    public Tensor Read(string name, DType? dtype = null)
    {
        if (!Tensors.TryGetValue(name, out SafeTensorInfo? info))
        {
            throw new HkaFerException($"{Path}: tensor '{name}' is missing");
        }

        Tensor tensor = Tensor.Empty(info.Shape, info.DType);
        var chunk = new byte[Math.Min(info.Bytes, 1 << 22)];
        for (long at = 0; at < info.Bytes; at += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, info.Bytes - at));
            ReadFully($"{Path}: tensor '{name}'", _handle, part, info.Start + at);
            tensor.CopyBytes(part, at);
        }

        return dtype is { } target ? tensor.To(target) : tensor;
    }

    /// <summary>
    /// A tensor as it stands in the file, without reading it; usable after this object is disposed. Null where it starts within an element, as files
    /// of careless writers have it: such a one must be read.
    /// </summary>
    /// <param name="name">Its key.</param>
    /// <exception cref="HkaFerException">There is no such tensor, or the file changed under way.</exception>
    public Tensor? Map(string name)
    {
        if (!Tensors.TryGetValue(name, out SafeTensorInfo? info))
        {
            throw new HkaFerException($"{Path}: tensor '{name}' is missing");
        }

        return info.Start % info.DType.Size() == 0
            ? (_mapped ??= MappedFile.Open(_handle, Path)).Tensor(info.Start, info.Shape, info.DType)
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static void ReadFully(string what, SafeFileHandle handle, Span<byte> into, long at)
    {
        while (!into.IsEmpty)
        {
            int read = RandomAccess.Read(handle, into, at);
            if (read == 0)
            {
                throw new HkaFerException($"{what}: truncated; {into.Length} more bytes expected at byte {at}; fetch the file again");
            }

            into = into[read..];
            at += read;
        }
    }
}
