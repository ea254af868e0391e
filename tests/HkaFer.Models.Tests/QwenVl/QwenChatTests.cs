using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class QwenChatTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("qwen-chat");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Chat_becomes_the_published_templates_text(string row)
    {
        foreach (JsonElement chat in Fixtures.Open(row).Expect.EnumerateArray())
        {
            ChatMessage[] messages = [.. chat.GetProperty("messages").EnumerateArray().Select(Message)];
            Assert.Equal(chat.GetProperty("text").GetString(), QwenChat.Render(messages, chat.GetProperty("add_generation_prompt").GetBoolean()));
        }
    }

    [Fact]
    [Trait("Category", "Fixtures")]
    public void Face_with_a_question_has_the_published_ids()
    {
        QwenTokenizer tokenizer = QwenTokenizer.Load(Fixtures.RequireData("qwen"));
        int[] expected =
        [
            151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198, 151644, 872, 198, 151652, .. Enumerable.Repeat(151655, 16), 151653,
            3838, 374, 279, 27800, 7493, 30, 151645, 198, 151644, 77091, 198,
        ];
        Assert.Equal(expected, QwenChat.Encode(tokenizer, [new ChatMessage("user", ChatPart.Image, "What is the facial expression?")], 16));
        Assert.Equal((151644, 151645, 151643, 151655), (tokenizer.MessageStart, tokenizer.MessageEnd, tokenizer.EndOfText, tokenizer.ImagePad));
        Assert.Equal([10743, 884, 151645, 198], QwenChat.Answer(tokenizer, "Angry"));
    }

    [Fact]
    public void Images_that_do_not_match_their_places_are_refused()
    {
        using var scratch = new Scratch();
        QwenTokenizer tokenizer = TinyQwen.Tokenizer(scratch);
        ChatMessage[] chat = [new("user", ChatPart.Image, ChatPart.Image, "ab")];
        Assert.Contains("places for 2 images, 1 are given", Assert.Throws<HkaFerException>(() => QwenChat.Encode(tokenizer, chat, 4)).Message);
        Assert.Equal(7, QwenChat.Encode(tokenizer, chat, 4, 3).Count(id => id == tokenizer.ImagePad));
    }

    private static ChatMessage Message(JsonElement message)
    {
        JsonElement content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.String
            ? new(message.GetProperty("role").GetString()!, content.GetString()!)
            : new(message.GetProperty("role").GetString()!, [.. content.EnumerateArray().Select(part => part.TryGetProperty("text", out JsonElement text) ? text.GetString()! : ChatPart.Image)]);
    }
}
