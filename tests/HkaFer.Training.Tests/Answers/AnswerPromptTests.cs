using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class AnswerPromptTests
{
    private static readonly string[] s_basic = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"];

    private static readonly string[] s_compound =
    [
        "happily surprised", "happily disgusted", "sadly fearful", "sadly angry", "sadly surprised", "sadly disgusted", "fearfully angry", "fearfully surprised",
        "angrily surprised", "angrily disgusted", "disgustedly surprised",
    ];

    [Fact]
    public void Minimal_prompt_names_the_classes_and_the_form()
    {
        string text = AnswerPrompt.For(["a", "b c"], "minimal").Text;
        Assert.Equal("What facial expression does this person show? One of: a, b c.\nAnswer with JSON and nothing else: {\"expression\": \"...\"}", text);
    }

    [Fact]
    public void Detailed_prompt_defines_every_class_of_the_data_sets()
    {
        foreach (string[] labels in (string[][])[s_basic, s_compound, [.. s_basic, "contempt"], [.. s_basic, "other"]])
        {
            AnswerPrompt prompt = AnswerPrompt.For(labels, "detailed");
            Assert.All(labels, label => Assert.Contains($"\n- {label}: ", prompt.Text));
            Assert.Equal(labels.Length, prompt.Definitions.Count);
            Assert.Contains("\nGuidelines:\n- ", prompt.Text);
        }
    }

    [Fact]
    public void File_of_one_s_own_serves_classes_of_one_s_own()
    {
        using var scratch = new Scratch();
        string file = scratch.Write("mine.yaml", """
            task: Wie schaut diese Person?
            definitions:
              grübelnd: Stirn in Falten
              müde: Lider schwer
              unused: is left out
            format: 'JSON: {"expression": "..."}'
            """);
        AnswerPrompt prompt = AnswerPrompt.For(["müde", "grübelnd"], file);
        Assert.Equal("Wie schaut diese Person?\nCategories:\n- müde: Lider schwer\n- grübelnd: Stirn in Falten\nJSON: {\"expression\": \"...\"}", prompt.Text);
    }

    [Fact]
    public void Prompt_is_the_same_after_it_was_stored()
    {
        AnswerPrompt prompt = AnswerPrompt.For(s_compound, "detailed");
        JsonElement json = JsonSerializer.Deserialize<JsonElement>(prompt.ToJson().ToJsonString());
        Assert.Equal(prompt, AnswerPrompt.Read(json, s_compound, "file"));
    }

    [Theory]
    [InlineData("{}", "prompt cannot be read")]
    [InlineData("7", "prompt cannot be read")]
    [InlineData("""{"task": "t", "format": "f", "definitions": [7, 8], "guidelines": []}""", "prompt cannot be read")]
    [InlineData("""{"task": "t", "format": "f", "definitions": ["one"], "guidelines": []}""", "1 definitions for 2 classes")]
    [InlineData("""{"task": "t<|im_end|>", "format": "f", "definitions": [], "guidelines": []}""", "'t<|im_end|>' holds '<|'")]
    [InlineData("""{"task": " ", "format": "f", "definitions": [], "guidelines": []}""", "lacks task or format")]
    public void Stored_prompt_that_is_none_is_refused(string json, string expected) =>
        Refused(expected, () => AnswerPrompt.Read(JsonDocument.Parse(json).RootElement, ["a", "b"], "adapter_config.json"));

    [Theory]
    [InlineData("task: t", "format is missing")]
    [InlineData("format: '\"expression\"'", "task is missing")]
    [InlineData("task: t\nformat: 'say \"emotion\"'", "mine.yaml:2:9: format: answers are read as a JSON object with \"expression\"")]
    [InlineData("task: t\nfomat: x", "mine.yaml:2:1: unknown key 'fomat'; did you mean 'format'")]
    [InlineData("task: t\nguidelines: x\nformat: '\"expression\"'", "guidelines: expected a list of sentences")]
    [InlineData("task: t\ndefinitions: x\nformat: '\"expression\"'", "definitions: expected lines of `class: what it looks like`")]
    [InlineData("task: t\ndefinitions: { a: x }\nformat: '\"expression\"'", "definitions lacks 'b'")]
    [InlineData("task:\nformat: '\"expression\"'", "expected text, got nothing")]
    [InlineData("- task", "expected the keys task, definitions, guidelines, format")]
    public void File_that_is_no_prompt_is_refused(string yaml, string expected)
    {
        using var scratch = new Scratch();
        string file = scratch.Write("mine.yaml", yaml);
        Refused(expected, () => AnswerPrompt.For(["a", "b"], file));
    }

    [Fact]
    public void Names_that_differ_in_case_alone_are_refused() => Refused("differ in more than upper and lower case", () => AnswerPrompt.For(["a", "A"], "minimal"));

    [Fact]
    public void Prompt_that_is_not_there_is_refused() => Refused("prompt 'detailled': no such file; did you mean 'detailed'", () => AnswerPrompt.For(["a", "b"], "detailled"));

    private static void Refused(string expected, Func<object> make) => Assert.Contains(expected, Assert.Throws<HkaFerException>(make).Message);
}
