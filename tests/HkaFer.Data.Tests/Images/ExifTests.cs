namespace HkaFer.Data.Tests;

public class ExifTests
{
    [Theory]
    [InlineData("49492A000800000001001201030001000000060000000000000000", 6)]
    [InlineData("4D4D002A00000008000101120003000000010008000000000000", 8)]
    [InlineData("457869660000" + "49492A0008000000010012010300010000000300000000000000", 3)]
    public void Orientation_is_read_in_either_byte_order(string hex, int expected) =>
        Assert.Equal(expected, Exif.Orientation(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("49492A00")]
    [InlineData("49492A00FFFFFFFF")]
    [InlineData("49492A0008000000")]
    [InlineData("49492A0008000000FFFF1201")]
    [InlineData("49492A00080000000100120103000100000009000000")]
    [InlineData("49492A00080000000100120103000100000000000000")]
    [InlineData("49492A00080000000100120104000100000006000000")]
    [InlineData("58582A00080000000100120103000100000006000000")]
    public void Damaged_block_means_upright(string hex) => Assert.Equal(1, Exif.Orientation(Convert.FromHexString(hex)));
}
