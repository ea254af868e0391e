using System.Buffers.Binary;
using System.Text;

namespace HkaFer.Models.Tests;

/// <summary>Safetensors files byte by byte, so that wrong ones can be made.</summary>
internal static class RawSafeTensors
{
    public static byte[] File(string header, int dataBytes, ulong? claimed = null) => File(Encoding.UTF8.GetBytes(header), dataBytes, claimed);

    public static byte[] File(byte[] header, int dataBytes, ulong? claimed = null)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimed ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        for (int i = 0; i < dataBytes; i++)
        {
            file[8 + header.Length + i] = (byte)i;
        }

        return file;
    }

    /// <summary>A tensor's entry of a header.</summary>
    public static string Entry(string name, string dtype, string shape, long start, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}";
}
