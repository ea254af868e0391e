using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ClassPromptsTests
{
    [Fact]
    public void Cues_name_mouth_brows_eyes_and_cheeks_of_all_eight_expressions()
    {
        IReadOnlyList<IReadOnlyList<string>> prompts = ClassPrompts.For(Expressions.Names, ClassPrompts.Cues);
        Assert.Equal(8, prompts.Select(p => Assert.Single(p)).Distinct().Count());
        Assert.All(prompts, p => Assert.Matches("(mouth|lip).*brow.*eye.*cheek", p[0]));
    }

    [Fact]
    public void Names_are_a_sentence_with_the_expression_and_any_other_class_gets_its_own() => Assert.Equal(
        ["a photo of a face with a happy expression", "a photo of a face with a contemptuous expression", "a photo of a face with a happily surprised expression"],
        ClassPrompts.For(["happiness", "contempt", "happily_surprised"], ClassPrompts.Names).Select(p => p[0]));

    [Fact]
    public void File_gives_one_phrase_or_several_by_any_name_of_an_expression()
    {
        using var scratch = new Scratch();
        string file = scratch.Write("mine.yaml", "Happy: smiling\nanger: [frowning, \"jaw set: hard\"]\nfear: not in this data\nodd one: odd\n");
        Assert.Equal(
            ["odd", "smiling", "frowning|jaw set: hard"],
            ClassPrompts.For(["odd one", "happiness", "anger"], file).Select(p => string.Join('|', p)));
    }

    [Theory]
    [InlineData("happiness: a", "no phrase for 'anger'")]
    [InlineData("happiness: a\nangr: b", "mine.yaml:2:1: class 'angr' is not in the data; did you mean 'anger'?")]
    [InlineData("happiness: a\nhappy: b\nanger: c", "mine.yaml:2:1: class 'happiness' is there twice")]
    [InlineData("happiness: ''\nanger: b", "happiness: expected a phrase")]
    [InlineData("happiness: []\nanger: b", "happiness: expected a phrase")]
    [InlineData("happiness: {x: y}\nanger: b", "happiness: expected a phrase")]
    [InlineData("- a", "expected lines of `class: phrase`")]
    public void File_that_does_not_fit_is_named_with_its_place(string content, string expected)
    {
        using var scratch = new Scratch();
        string file = scratch.Write("mine.yaml", content);
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => ClassPrompts.For(["happiness", "anger"], file)).Message);
    }

    [Fact]
    public void Classes_are_those_of_the_file_in_its_order_else_the_seven_basic_expressions()
    {
        using var scratch = new Scratch();
        Assert.Equal(["anger", "odd one", "happiness"], ClassPrompts.Classes(scratch.Write("mine.yaml", "angry: a\nodd one: b\nHappy: [c, d]\n")));
        Assert.Equal([.. Expressions.Names.Take(7)], ClassPrompts.Classes(ClassPrompts.Cues));
    }

    [Fact]
    public void Unknown_word_fails_with_the_nearest() => Assert.Contains(
        "did you mean 'cues'?", Assert.Throws<HkaFerException>(() => ClassPrompts.For(["happiness", "anger"], "cue")).Message);

    [Fact]
    public void Class_without_cues_fails_with_a_remedy() => Assert.Contains(
        "no phrase for 'a', 'b'; give every class one, or use the prompts 'names'",
        Assert.Throws<HkaFerException>(() => ClassPrompts.For(["a", "b"], ClassPrompts.Cues)).Message);
}
