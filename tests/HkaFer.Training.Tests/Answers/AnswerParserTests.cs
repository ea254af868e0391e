namespace HkaFer.Training.Tests;

public class AnswerParserTests
{
    private static readonly string[] s_labels = ["happiness", "sadly angry", "Überraschung \"1\""];

    [Theory]
    [InlineData("""{"expression": "happiness"}""", "happiness")]
    [InlineData(" \n{ \"expression\" :\t\"sadly angry\" }\n", "sadly angry")]
    [InlineData("""{"expression": "Sadly Angry"}""", "sadly angry")]
    [InlineData("""{"reason": "brows", "expression": "happiness"}""", "happiness")]
    [InlineData("""{"expression": "\u00dcberraschung \"1\""}""", "Überraschung \"1\"")]
    public void Object_that_was_asked_for_is_read(string text, string label)
    {
        Answer answer = AnswerParser.Read(text, s_labels);
        Assert.Equal((label, AnswerForm.Json, text, null), (answer.Label, answer.Form, answer.Text, answer.Problem));
    }

    [Theory]
    [InlineData("happiness")]
    [InlineData("  HAPPINESS\n")]
    public void Name_of_a_class_alone_is_read_and_said_to_be_plain(string text) =>
        Assert.Equal(("happiness", AnswerForm.Plain), (AnswerParser.Read(text, s_labels).Label, AnswerParser.Read(text, s_labels).Form));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("happiness.", "neither a JSON object nor the name")]
    [InlineData("The expression is happiness", "neither a JSON object nor the name")]
    [InlineData("happy", "neither a JSON object nor the name")]
    [InlineData("""{"expression": "happy"}""", "'happy' is no class")]
    [InlineData("""{"expression": "happiness"} yes""", "no whole JSON object")]
    [InlineData("""{"expression": "happiness""", "no whole JSON object")]
    [InlineData("""{"expression": ["happiness"]}""", "expression is no text")]
    [InlineData("""{"expression": null}""", "expression is no text")]
    [InlineData("""{"emotion": "happiness"}""", "has no expression")]
    [InlineData("""{"expression": "happiness", "expression": "sadly angry"}""", "has 2 of expression")]
    [InlineData("""[{"expression": "happiness"}]""", "neither a JSON object nor the name")]
    [InlineData("""{"expression": "\ud800"}""", "no whole JSON object")]
    [InlineData("""{{{{{{{{{{""", "no whole JSON object")]
    public void Anything_else_is_unparsed_and_says_why(string text, string problem)
    {
        Answer answer = AnswerParser.Read(text, s_labels);
        Assert.Equal((null, AnswerForm.Unparsed), (answer.Label, answer.Form));
        Assert.Contains(problem, answer.Problem);
    }

    [Fact]
    public void Answer_to_be_learnt_is_read_for_every_class() =>
        Assert.All(s_labels, label => Assert.Equal((label, AnswerForm.Json), (AnswerParser.Read(AnswerParser.Write(label), s_labels).Label, AnswerParser.Read(AnswerParser.Write(label), s_labels).Form)));

    [Fact]
    public void Very_long_answer_is_unparsed() =>
        Assert.Contains("5000 characters", AnswerParser.Read(new string('a', 5000), s_labels).Problem);
}
