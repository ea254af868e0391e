using System.Buffers.Binary;
using System.Text;

namespace HkaFer.Training;

/// <summary>
/// A TensorBoard event file: records of <c>length, masked CRC of the length, Event, masked CRC of the Event</c>, little-endian. Written by hand: an
/// Event with a scalar is six protobuf fields (TensorFlow <c>core/util/event.proto</c>, <c>core/framework/summary.proto</c>).
/// </summary>
internal sealed class TensorBoardEvents
{
    private readonly MemoryStream _file = new();

    /// <summary>Begins a file.</summary>
    /// <param name="time">Seconds since 1970.</param>
    internal TensorBoardEvents(double time)
    {
        using var message = new MemoryStream();
        Double(message, 1, time);
        Bytes(message, 3, "brain.Event:2"u8);
        Record(message);
    }

    /// <summary>Adds the scalars of one step.</summary>
    /// <param name="time">Seconds since 1970.</param>
    /// <param name="step">The epoch, from 1.</param>
    /// <param name="scalars">Names with a part before a slash are shown together.</param>
    internal void Add(double time, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        using MemoryStream message = new(), summary = new();
        foreach ((string tag, double value) in scalars)
        {
            using var entry = new MemoryStream();
            Bytes(entry, 1, Encoding.UTF8.GetBytes(tag));
            Float(entry, 2, (float)value);
            Bytes(summary, 1, entry.ToArray());
        }

        Double(message, 1, time);
        Varint(message, 2 << 3);
        Varint(message, (ulong)step);
        Bytes(message, 5, summary.ToArray());
        Record(message);
    }

    internal byte[] ToArray() => _file.ToArray();

    private void Record(MemoryStream message)
    {
        byte[] data = message.ToArray();
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Crc32C.Masked(head[..8]));
        _file.Write(head);
        _file.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(head, Crc32C.Masked(data));
        _file.Write(head[..4]);
    }

    // The low three bits of a key say how the value is stored: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
    private static void Double(Stream to, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Varint(to, (ulong)((field << 3) | 1));
        to.Write(bytes);
    }

    private static void Float(Stream to, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Varint(to, (ulong)((field << 3) | 5));
        to.Write(bytes);
    }

    private static void Bytes(Stream to, int field, ReadOnlySpan<byte> value)
    {
        Varint(to, (ulong)((field << 3) | 2));
        Varint(to, (ulong)value.Length);
        to.Write(value);
    }

    private static void Varint(Stream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }
}
