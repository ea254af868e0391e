using System.Text;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Models.Tests.RawSafeTensors;

namespace HkaFer.Models.Tests;

/// <summary>Whatever the bytes are, the answer is tensors or an error that names the file, and the tensor where one is at fault.</summary>
public class SafeTensorsFileTests
{
    [Fact]
    public void Tensors_are_read_as_they_lie()
    {
        using var scratch = new Scratch();

        // The 32-bit tensor starts at byte 3: the format allows it, though writers avoid it.
        string header = $"{{\"__metadata__\":{{\"format\":\"pt\",\"é\":\"ü\"}},{Entry("b", "U8", "[3]", 0, 3)},{Entry("a", "I32", "[1,2]", 3, 11)}}}";
        string path = scratch.Write("x.safetensors", File(header, 11));
        using (SafeTensorsFile file = SafeTensorsFile.Open(path))
        {
            Assert.Equal([0, 1, 2], file.Read("b").ToArray<byte>());
            Assert.Equal([0x06050403, 0x0A090807], file.Read("a").ToArray<int>());
            Assert.Equal("ü", file.Metadata["é"]);
            var error = Assert.Throws<HkaFerException>(() => file.Read("c"));
            Assert.Contains(path, error.Message);
            Assert.Contains("'c'", error.Message);
        }

        scratch.AllClosed();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    public void File_cut_in_its_header_is_named(int length)
    {
        using var scratch = new Scratch();
        byte[] whole = File($"{{{Entry("a", "F32", "[2]", 0, 8)}}}", 8);
        Refused(scratch, whole[..length]);
    }

    [Theory]
    [InlineData(60UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x7FFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    public void Header_longer_than_the_file_is_refused_without_an_allocation(ulong claimed)
    {
        using var scratch = new Scratch();
        Assert.Contains("header", Refused(scratch, File("{}", 8, claimed)));
    }

    public static TheoryData<string, string, int, string> Hostile() => new()
    {
        { "empty", "", 0, "header" },
        { "text", "hello, world", 0, "header" },
        { "array", "[]", 0, "not a JSON object" },
        { "number", "1", 0, "not a JSON object" },
        { "unclosed", "{\"a\":{", 0, "header" },
        { "deep", string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40), 0, "header" },
        { "twice", $"{{{Entry("t", "U8", "[1]", 0, 1)},{Entry("t", "U8", "[1]", 1, 2)}}}", 2, "'t' is listed twice" },
        { "entry not object", "{\"t\":3}", 0, "'t'" },
        { "no dtype", "{\"t\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'t'" },
        { "no shape", "{\"t\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "'t'" },
        { "no offsets", "{\"t\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "'t'" },
        { "dtype a number", "{\"t\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'t'" },
        { "unknown dtype", $"{{{Entry("t", "F3", "[1]", 0, 1)}}}", 1, "'t' has dtype 'F3'" },
        { "shape a number", $"{{{Entry("t", "U8", "1", 0, 1)}}}", 1, "'t'" },
        { "shape of strings", $"{{{Entry("t", "U8", "[\"1\"]", 0, 1)}}}", 1, "'t'" },
        { "fraction", $"{{{Entry("t", "U8", "[1.5]", 0, 1)}}}", 1, "'t'" },
        { "negative size", $"{{{Entry("t", "U8", "[-1,-1]", 0, 1)}}}", 1, "'t' is negative" },
        { "size beyond int", $"{{{Entry("t", "U8", "[4294967297]", 0, 1)}}}", 1, "'t'" },
        { "count overflows", $"{{{Entry("t", "F64", "[2147483647,2147483647,2147483647]", 0, 8)}}}", 8, "overflows" },
        { "count overflows to fit", $"{{{Entry("t", "U8", "[65536,65536,65536,65536]", 0, 0)}}}", 0, "overflows" },
        { "overflow behind a zero", $"{{{Entry("t", "U8", "[0,2147483647,2147483647,2147483647]", 0, 0)}}}", 0, "overflows" },
        { "too many axes", $"{{{Entry("t", "U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 0, 1)}}}", 1, "'t' has 17 axes" },
        { "three offsets", "{\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1, "'t'" },
        { "offsets an object", "{\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":{}}}", 1, "'t'" },
        { "offset beyond long", "{\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551617]}}", 1, "'t'" },
        { "reversed", $"{{{Entry("t", "U8", "[1]", 1, 0)}}}", 1, "'t' lies at bytes 1 to 0" },
        { "negative start", $"{{{Entry("t", "U8", "[2]", -1, 1)}}}", 1, "'t' lies at bytes -1" },
        { "outside the file", $"{{{Entry("t", "F32", "[4]", 0, 16)}}}", 15, "'t' lies at bytes 0 to 16 of 15" },
        { "end near the largest long", $"{{{Entry("t", "U8", "[1]", 9223372036854775806, 9223372036854775807)}}}", 1, "'t' lies at bytes" },
        { "too few bytes", $"{{{Entry("t", "F32", "[4]", 0, 12)}}}", 12, "'t' F32 [4] needs 16 bytes, its offsets give 12" },
        { "too many bytes", $"{{{Entry("t", "U8", "[]", 0, 2)}}}", 2, "'t' U8 [] needs 1 bytes" },
        { "overlap", $"{{{Entry("s", "U8", "[4]", 0, 4)},{Entry("t", "U8", "[4]", 2, 6)}}}", 6, "'t' overlaps" },
        { "same place", $"{{{Entry("s", "U8", "[4]", 0, 4)},{Entry("t", "U8", "[4]", 0, 4)}}}", 4, "overlaps" },
        { "hole", $"{{{Entry("s", "U8", "[1]", 0, 1)},{Entry("t", "U8", "[1]", 2, 3)}}}", 3, "'t' leaves a hole" },
        { "hole at the start", $"{{{Entry("t", "U8", "[1]", 1, 2)}}}", 2, "'t' leaves a hole" },
        { "bytes at the end", $"{{{Entry("t", "U8", "[1]", 0, 1)}}}", 2, "1 bytes at the end belong to no tensor" },
        { "data without tensors", "{}", 5, "5 bytes at the end" },
        { "metadata a list", "{\"__metadata__\":[]}", 0, "header" },
        { "metadata of numbers", "{\"__metadata__\":{\"a\":1}}", 0, "header" },
        { "half a surrogate", "{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "header" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_header_is_refused_by_name(string what, string header, int data, string expected)
    {
        using var scratch = new Scratch();
        string message = Refused(scratch, File(header, data));
        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{what}: {message}");
    }

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        using var scratch = new Scratch();
        byte[] header = Encoding.UTF8.GetBytes($"{{{Entry("ab", "U8", "[1]", 0, 1)}}}");
        (header[2], header[3]) = (0xC3, 0x28);
        Refused(scratch, File(header, 1));
    }

    [Fact]
    public void Missing_file_and_folder_are_named()
    {
        using var scratch = new Scratch();
        Assert.Contains("absent", Assert.Throws<HkaFerException>(() => SafeTensorsFile.Open(scratch["absent"])).Message);
        Assert.Contains(scratch.Folder, Assert.Throws<HkaFerException>(() => SafeTensorsFile.Open(scratch.Folder)).Message);
    }

    [Fact]
    public void File_cut_while_open_is_named_with_the_tensor()
    {
        using var scratch = new Scratch();
        string path = scratch.Write("x.safetensors", File($"{{{Entry("tail", "U8", "[64]", 0, 64)}}}", 64));
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 1);
        }

        string message = Assert.Throws<HkaFerException>(() => file.Read("tail")).Message;
        Assert.Contains(path, message);
        Assert.Contains("truncated", message);
        Assert.Contains("'tail'", message);
    }

    private static string Refused(Scratch scratch, byte[] content)
    {
        string path = scratch.Write("x.safetensors", content);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<HkaFerException>(() => SafeTensorsFile.Open(path).Dispose()).Message;
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200_000);
        Assert.Contains(path, message);
        scratch.AllClosed();
        return message;
    }
}
