using System.Text;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>The chat template that Qwen2-VL and Qwen2.5-VL are published with.</summary>
public static class QwenChat
{
    /// <summary>The system message where a chat has none of its own.</summary>
    public const string DefaultSystem = "You are a helpful assistant.";

    /// <summary>The text of a chat, with one <c>&lt;|image_pad|&gt;</c> for each image.</summary>
    /// <param name="messages">The messages; the default system message comes first where they do not start with one.</param>
    /// <param name="answering">Whether the assistant's next message is opened: the model goes on with its answer.</param>
    public static string Render(IReadOnlyList<ChatMessage> messages, bool answering = true) => Render(messages, answering, null);

    /// <summary>The ids of a chat that the model goes on with.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="imageTokens">The number of visual tokens of each image, in the order of their places.</param>
    /// <exception cref="HkaFerException">There are more or fewer images than places.</exception>
    public static int[] Encode(QwenTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, params IReadOnlyList<int> imageTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(imageTokens);
        int places = messages.Sum(message => message.Parts.Count(part => part.IsImage));
        return places == imageTokens.Count
            ? tokenizer.Encode(Render(messages, true, imageTokens))
            : throw new HkaFerException($"qwen-vl: the chat has places for {places} images, {imageTokens.Count} are given");
    }

    /// <summary>
    /// The ids of an answer as the model would give it after <see cref="Encode"/>: the text, the end of the message and the line end after it. What is
    /// trained to be said, and nothing else.
    /// </summary>
    public static int[] Answer(QwenTokenizer tokenizer, string text)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return [.. tokenizer.Encode(text), tokenizer.MessageEnd, .. tokenizer.Encode("\n")];
    }

    private static string Render(IReadOnlyList<ChatMessage> messages, bool answering, IReadOnlyList<int>? imageTokens)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var text = new StringBuilder();
        int image = 0;
        IEnumerable<ChatMessage> all = messages is [] or [{ Role: "system" }, ..] ? messages : [new("system", DefaultSystem), .. messages];
        foreach (ChatMessage message in all)
        {
            text.Append("<|im_start|>").Append(message.Role).Append('\n');
            foreach (ChatPart part in message.Parts)
            {
                if (part.IsImage)
                {
                    text.Append("<|vision_start|>").Insert(text.Length, "<|image_pad|>", imageTokens?[image++] ?? 1).Append("<|vision_end|>");
                }
                else
                {
                    text.Append(part.Text);
                }
            }

            text.Append("<|im_end|>\n");
        }

        return text.Append(answering ? "<|im_start|>assistant\n" : "").ToString();
    }
}
