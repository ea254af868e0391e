using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ReconstructionFileTests
{
    [Fact]
    public void First_and_latest_epochs_stay_where_they_grow_too_many()
    {
        using var scratch = new Scratch();
        string path = scratch["reconstructions.json"];

        // Noise does not pack: 16 pictures of 96 pixels in three rows are 1.3 MB, and 1.8 million letters.
        Image sheet = Noise(16 * 96, 3 * 96);
        for (int epoch = 1; epoch <= 8; epoch++)
        {
            ReconstructionFile.Add(path, epoch, 0.5, 16, sheet);
        }

        Assert.Equal([1, 6, 7, 8], Epochs(path));
        Assert.InRange(new FileInfo(path).Length, 1, 9 << 20);

        // A run that was cut trains an epoch again and ends with the same.
        byte[] before = File.ReadAllBytes(path);
        ReconstructionFile.Add(path, 8, 0.5, 16, sheet);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Damaged_file_costs_its_pictures_and_not_the_run()
    {
        using var scratch = new Scratch();
        string path = scratch.Write("reconstructions.json", "{");
        Assert.Throws<HkaFerException>(() => ReconstructionFile.Read(path));
        ReconstructionFile.Add(path, 3, 0.5, 1, Noise(8, 24));
        Assert.Equal([3], Epochs(path));
    }

    private static Image Noise(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        new Random(1).NextBytes(pixels);
        return new Image(width, height, pixels);
    }

    private static IEnumerable<int> Epochs(string path) => ReconstructionFile.Read(path).Select(e => e.GetProperty("epoch").GetInt32());
}
