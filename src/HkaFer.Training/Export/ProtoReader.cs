using System.Text;

namespace HkaFer.Training;

/// <summary>Reads a message in protocol buffers' wire format from a file; values that nobody asks for are passed over without being read.</summary>
/// <param name="stream">The file, at the message's first byte.</param>
/// <param name="end">Where the message ends.</param>
/// <param name="path">The file's name, for messages.</param>
internal sealed class ProtoReader(Stream stream, long end, string path)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    /// <summary>No text of a model is longer; the length is a stranger's.</summary>
    private const int LongestText = 1 << 20;

    private int _type;

    /// <summary>Reads the message to its end; fields that are not listed are passed over.</summary>
    /// <param name="fields">Field numbers, and what takes their values, each time that they come.</param>
    /// <exception cref="HkaFerException">The bytes are no message.</exception>
    public void Read(params ReadOnlySpan<(int Field, Action<ProtoReader> Take)> fields)
    {
        while (stream.Position < end)
        {
            ulong tag = Number();
            _type = (int)(tag & 7);
            if (tag >> 3 is 0 or >= 1 << 29)
            {
                throw Damaged();
            }

            Action<ProtoReader> take = Pass;
            foreach ((int field, Action<ProtoReader> known) in fields)
            {
                take = field == (int)(tag >> 3) ? known : take;
            }

            take(this);
        }
    }

    /// <summary>A whole number.</summary>
    public long Integer() => _type == Varint ? (long)Number() : throw Damaged();

    /// <summary>Whole numbers, one or a packed list of them.</summary>
    public IEnumerable<long> Integers()
    {
        if (_type == Varint)
        {
            yield return (long)Number();
            yield break;
        }

        for (long stop = stream.Position + Length(); stream.Position < stop;)
        {
            yield return (long)Number();
        }
    }

    /// <summary>A text.</summary>
    public string Text()
    {
        long length = Length();
        if (length > LongestText)
        {
            throw Damaged();
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A message within; to be read to its end before this one goes on.</summary>
    public ProtoReader Message()
    {
        long length = Length();
        return new ProtoReader(stream, stream.Position + length, path);
    }

    /// <summary>Passes over the value.</summary>
    /// <returns>Its length in bytes, where it has one.</returns>
    public long Skip()
    {
        long length = _type switch
        {
            Varint => 0,
            Fixed64 => sizeof(long),
            Fixed32 => sizeof(int),
            _ => Length(),
        };
        if (_type == Varint)
        {
            Number();
        }

        if (length > end - stream.Position)
        {
            throw Damaged();
        }

        stream.Seek(length, SeekOrigin.Current);
        return length;
    }

    private static void Pass(ProtoReader field) => field.Skip();

    private long Length()
    {
        ulong length = _type == Delimited ? Number() : throw Damaged();
        return length <= (ulong)(end - stream.Position) ? (long)length : throw Damaged();
    }

    private ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.Position < end ? stream.ReadByte() : -1;
            if (next < 0)
            {
                throw Damaged();
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private HkaFerException Damaged() => new($"{path}: not a sound ONNX file (byte {stream.Position:N0}); copy or export it again");
}
