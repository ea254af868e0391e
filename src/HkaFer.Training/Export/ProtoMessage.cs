using System.Text;

namespace HkaFer.Training;

/// <summary>
/// A message in protocol buffers' wire format, made front to back. Large values are asked for only when they are written, so that a model's weights are
/// never held twice.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0, Delimited = 2, Fixed32 = 5;

    private readonly List<(long Length, Func<byte[]> Make)> _parts = [];
    private MemoryStream _open = new();

    /// <summary>Bytes so far.</summary>
    public long Length => _parts.Sum(part => part.Length) + _open.Length;

    public ProtoMessage Number(int field, long value)
    {
        Tag(field, Varint);
        Write((ulong)value);
        return this;
    }

    public ProtoMessage Float(int field, float value)
    {
        Tag(field, Fixed32);
        _open.Write(BitConverter.GetBytes(value));
        return this;
    }

    public ProtoMessage Text(int field, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Bytes(field, bytes.Length, () => bytes);
    }

    /// <summary>Bytes whose number is known before they are there.</summary>
    public ProtoMessage Bytes(int field, long length, Func<byte[]> make)
    {
        Tag(field, Delimited);
        Write((ulong)length);
        Close();
        _parts.Add((length, make));
        return this;
    }

    public ProtoMessage Message(int field, ProtoMessage inner)
    {
        Tag(field, Delimited);
        Write((ulong)inner.Length);
        Close();
        inner.Close();
        _parts.AddRange(inner._parts);
        return this;
    }

    public void WriteTo(Stream stream, CancellationToken cancel = default)
    {
        Close();
        foreach ((_, Func<byte[]> make) in _parts)
        {
            cancel.ThrowIfCancellationRequested();
            stream.Write(make());
        }
    }

    private void Tag(int field, int type) => Write((ulong)((field << 3) | type));

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _open.WriteByte((byte)(value | 0x80));
        }

        _open.WriteByte((byte)value);
    }

    private void Close()
    {
        if (_open.Length > 0)
        {
            byte[] bytes = _open.ToArray();
            _parts.Add((bytes.Length, () => bytes));
            _open = new MemoryStream();
        }
    }
}
