using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Several sources of a stage are checked as the one data set that they make.</summary>
public sealed class AnswerDataTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Pictures_that_another_source_trains_with_are_not_scored()
    {
        string first = Folder("first", 0, "happiness"), second = Folder("second", 1, "happiness");
        foreach (AnswerData data in (AnswerData[])[new() { Train = [first, second], Valid = second }, new() { Train = [first, second], Test = second }])
        {
            Assert.Contains("1 of its 1 pictures are in the train split too", Assert.Throws<HkaFerException>(data.Open).Message);
        }
    }

    [Fact]
    public void Class_of_a_later_source_may_be_scored_and_one_of_none_may_not()
    {
        AnswerData data = new() { Train = [Folder("first", 0, "happiness"), Folder("second", 1, "sadness")], Valid = Folder("third", 2, "sadness") };
        Assert.Equal(1, data.Open().Valid!.Count);
        string message = Assert.Throws<HkaFerException>((data with { Valid = Folder("fourth", 3, "anger") }).Open).Message;
        Assert.Contains("data.valid: the class 'anger' of folder is not among those of the training split (happiness, sadness)", message);
    }

    [Fact]
    public void Score_of_some_of_the_sources_names_them()
    {
        string plain = Folder("plain", 0, "happiness");
        const string split = "faces:?count=7&size=16";
        Assert.Equal(
            $"the epochs are scored on {split} alone, for not every source has such a split; name one of all under data.valid and data.test",
            new AnswerData { Train = [split, plain] }.Open().Partial);
        Assert.Null(new AnswerData { Train = [split] }.Open().Partial);
        Assert.Null(new AnswerData { Train = [plain] }.Open().Partial);
        Assert.Null(new AnswerData { Train = [split, plain], Valid = "valid" }.Open().Partial);
        Assert.Null(new AnswerData { Train = [split, "faces:?count=7&size=16&domain=shifted"] }.Open().Partial);
    }

    private string Folder(string name, int picture, string of)
    {
        Faces.Draw(picture, _scratch[Path.Combine(name, of, $"{picture}.png")]);
        return $"folder:{_scratch[name]}";
    }
}
