using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Data that could not be scored, or whose score would say nothing, is refused before anything is built.</summary>
public sealed class RunDataTests
{
    [Theory]
    [InlineData("valid")]
    [InlineData("test")]
    public void Class_that_was_not_learned_is_named_before_training(string split)
    {
        using var scratch = new Scratch();
        string message = Refused(new DataSettings { Train = Folder(scratch, "train", "a", "b") }, split, Folder(scratch, "other", "a", "c"));
        Assert.Contains($"data.{split}: the class 'c' of folder is not among those of the training split (a, b)", message);
    }

    [Fact]
    public void Fewer_classes_than_were_learned_are_fine()
    {
        using var scratch = new Scratch();
        Assert.Equal(1, RunData.Open(new DataSettings { Train = Folder(scratch, "train", "a", "b"), Valid = Folder(scratch, "other", "b") }).Valid!.Count);
    }

    [Fact]
    public void Pictures_that_are_learned_from_are_not_scored()
    {
        using var scratch = new Scratch();
        string faces = Folder(scratch, "train", "a", "b"), first = Path.Combine(faces, "a", "0.png");
        var settings = new DataSettings { Train = $"folder:{faces}" };

        Assert.Contains($"data.valid: 2 of its 2 pictures are in the train split too, the first is '{first}'", Refused(settings, "valid", faces));
        Assert.Contains("data.valid: 700 of its 700 pictures are in the train split too", Refused(settings with { Train = "faces:?seed=3" }, "valid", "train"));
        Assert.Contains("data.test: 1 of its 1 pictures are in the valid split too", Refused(settings with { Valid = Folder(scratch, "x", "a") }, "test", scratch["x"]));
    }

    [Fact]
    public void Parts_that_two_seeds_carve_from_one_folder_are_refused_where_they_overlap()
    {
        using var scratch = new Scratch();
        for (int i = 0; i < 20; i++)
        {
            Faces.Draw(i, scratch[$"faces/{(i % 2 == 0 ? "a" : "b")}/{i}.png"]);
        }

        string Carved(int seed) => $"folder:{scratch["faces"]}?valid=0.4&seed={seed}";
        Assert.Contains("are in the train split too", Refused(new DataSettings { Train = Carved(1) }, "valid", Carved(2)));
        Assert.NotNull(RunData.Open(new DataSettings { Train = Carved(1), Valid = Carved(1) }).Valid);
    }

    [Fact]
    public void Source_without_the_wanted_split_is_taken_only_where_it_has_one_alone()
    {
        using var scratch = new Scratch();
        string train = Folder(scratch, "train", "a", "b"), other = scratch["other"];
        Folder(scratch, Path.Combine("other", "train"), "a", "b");
        Assert.Equal("train", RunData.Open(new DataSettings { Train = train, Valid = other }).Valid!.Split);

        Folder(scratch, Path.Combine("other", "test"), "a", "b");
        string message = Refused(new DataSettings { Train = train }, "valid", other);
        Assert.Contains($"data.valid: {other} has no split 'valid', it has train, test", message);
        Assert.Contains("under data.test its test split scores the epochs", message);
    }

    [Fact]
    public void Some_of_the_pictures_are_drawn_by_the_seed_and_some_of_those_are_held_out()
    {
        var all = new DataSettings { Train = "faces:?seed=3&count=140", Pictures = 120, HeldOut = 0.2 };
        RunData data = RunData.Open(all), again = RunData.Open(all), other = RunData.Open(all with { Seed = 2 });
        Assert.Equal((96, 24, null), (data.Train.Count, data.Valid!.Count, data.Test));
        Assert.Equal(("train", "held-out"), (data.Train.Split, data.Valid.Split));
        Assert.Equal(120, Paths(data.Train).Union(Paths(data.Valid)).Count());
        Assert.Equal(Paths(data.Valid), Paths(again.Valid!));
        Assert.NotEqual(Paths(data.Valid), Paths(other.Valid!));
        Assert.Equal(Paths(RunData.Open(all with { HeldOut = 0 }).Train), Paths(data.Train).Concat(Paths(data.Valid)).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal));
    }

    [Fact]
    public void More_pictures_than_there_are_and_nothing_to_learn_from_are_refused()
    {
        var one = new DataSettings { Train = "faces:?seed=3&count=7" };
        Assert.Contains(
            "data.pictures: 8 of the training pictures are wanted, and there are 7", Assert.Throws<HkaFerException>(() => RunData.Open(one with { Pictures = 8 })).Message);
        Assert.Contains(
            "to learn from none is of class", Assert.Throws<HkaFerException>(() => RunData.Open(one with { Pictures = 3 })).Message);
        Assert.Contains(
            "data.held_out: would leave nothing of 1 picture(s)", Assert.Throws<HkaFerException>(() => RunData.Open(one with { Pictures = 1, HeldOut = 0.1 })).Message);
        Assert.Contains("excludes `valid`", Assert.Throws<HkaFerException>(() => Recipe.Parse("data: { train: 'faces:', valid: valid, held_out: 0.1 }\nbackbone: faces-vit")).Message);
    }

    private static IEnumerable<string> Paths(ImageDataset data) => Enumerable.Range(0, data.Count).Select(i => data[i].Path);

    /// <returns>The message.</returns>
    private static string Refused(DataSettings settings, string part, string source)
    {
        DataSettings with = part == "valid" ? settings with { Valid = source } : settings with { Test = source };
        return Assert.Throws<HkaFerException>(() => RunData.Open(with)).Message;
    }

    /// <returns>A folder with a picture of each class.</returns>
    private static string Folder(Scratch scratch, string name, params string[] classes)
    {
        foreach (string of in classes)
        {
            Faces.Draw(name.Length, scratch[Path.Combine(name, of, "0.png")]);
        }

        return scratch[name];
    }
}
