using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ReconstructionTests
{
    [Fact]
    public void Sheet_of_a_perfect_guess_shows_the_picture_again()
    {
        const int Size = 16, Patch = 8, Values = 3 * Patch * Patch;
        var preprocessing = new Preprocessing { Size = Size };
        ImageDataset faces = DataSource.Parse($"faces:?count=7&size={Size}").Open("train");
        var pixels = new float[2 * 3 * Size * Size];
        for (int i = 0; i < 2; i++)
        {
            preprocessing.Write(faces.Load(i), pixels.AsSpan(i * 3 * Size * Size, 3 * Size * Size));
        }

        PatchMask mask = PatchMask.Draw(4, 0.5, 1, 2);
        Image sheet = Reconstruction.Sheet(pixels, [.. Enumerable.Range(0, 2).SelectMany(Normalised)], mask, Size, Patch, preprocessing);

        Assert.Equal((2 * Size, 3 * Size), (sheet.Width, sheet.Height));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(faces.Load(i).Pixels, sheet.Crop(i * Size, 0, Size, Size).Pixels);
            byte[] again = sheet.Crop(i * Size, 2 * Size, Size, Size).Pixels;
            Assert.True(faces.Load(i).Pixels.Zip(again, (a, b) => Math.Abs(a - b)).Max() <= 1, "rounding of a level");
            for (int p = 0; p < 4; p++)
            {
                byte[] seen = sheet.Crop((i * Size) + (p % 2 * Patch), Size + (p / 2 * Patch), Patch, Patch).Pixels;
                Assert.Equal(!mask.IsVisible(i, p), seen.All(value => value == 128));
            }
        }

        // The hidden patches of a picture, each less its mean and over its deviation, in the order [channel, row, column].
        IEnumerable<float> Normalised(int picture)
        {
            for (int p = 0; p < 4; p++)
            {
                double[] own = [.. Enumerable.Range(0, Values).Select(v => (double)pixels[
                    (((picture * 3) + (v / (Patch * Patch))) * Size * Size) + (((p / 2 * Patch) + (v / Patch % Patch)) * Size) + (p % 2 * Patch) + (v % Patch)])];
                double mean = own.Average(), deviation = Math.Sqrt(own.Sum(x => (x - mean) * (x - mean)) / (Values - 1));
                foreach (double value in mask.IsVisible(picture, p) ? [] : own)
                {
                    yield return (float)((value - mean) / deviation);
                }
            }
        }
    }

    [Fact]
    public void File_forgets_the_epochs_that_are_trained_again()
    {
        using var scratch = new Scratch();
        var sheet = new Image(6, 9, new byte[6 * 9 * 3]);
        foreach (int epoch in (int[])[1, 10, 20, 10])
        {
            ReconstructionFile.Add(scratch["r.json"], epoch, 0.5, 2, sheet);
        }

        Assert.Equal([1, 10], ReconstructionFile.Read(scratch["r.json"]).Select(e => e.GetProperty("epoch").GetInt32()));
    }

    [Fact]
    public void Large_pictures_are_made_smaller()
    {
        using var scratch = new Scratch();
        ReconstructionFile.Add(scratch["r.json"], 1, 0.5, 2, new Image(400, 600, new byte[400 * 600 * 3]));
        Image kept = Image.Decode(ReconstructionFile.Read(scratch["r.json"])[0].GetProperty("png").GetBytesFromBase64(), "kept");
        Assert.Equal((192, 288), (kept.Width, kept.Height));
    }
}
