using System.Text;

namespace HkaFer.Training.Tests;

public sealed class Crc32CTests
{
    // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    [Theory]
    [InlineData(0x8A9136AAu, "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData(0x62A8AB43u, "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF")]
    [InlineData(0x46DD794Eu, "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B 1C 1D 1E 1F")]
    [InlineData(0xE3069283u, "31 32 33 34 35 36 37 38 39")]
    [InlineData(0x00000000u, "")]
    public void Known_bytes_have_the_published_checksum(uint expected, string bytes) =>
        Assert.Equal(expected, Crc32C.Of(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))));

    // From TensorFlow's crc32c_test.cc: masking changes the value twice, and 0xa282ead8 + rotate(crc("foo")) is reversible.
    [Fact]
    public void Mask_rotates_and_adds_as_TensorFlow_does()
    {
        uint crc = Crc32C.Of(Encoding.ASCII.GetBytes("foo")), masked = Crc32C.Masked(Encoding.ASCII.GetBytes("foo"));
        Assert.NotEqual(crc, masked);
        uint rotated = unchecked(masked - 0xa282ead8u);
        Assert.Equal(crc, (rotated >> 17) | (rotated << 15));
    }
}
