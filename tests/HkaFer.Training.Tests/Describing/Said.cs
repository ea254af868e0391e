using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training.Tests;

/// <summary>How often a model that describes faces is right, in its own words.</summary>
internal static class Said
{
    /// <summary>The share of the seven parts that are as drawn, by whole phrases; half of the faces are compound expressions.</summary>
    internal static double Right(QwenVl model, QwenTokenizer tokenizer, ulong seed, int faces)
    {
        var basic = new FaceDataset(FaceDomain.Source, seed, faces, 48);
        var compound = new FaceDataset(FaceDomain.Source, seed + 1, faces, 48, compound: true);
        var preprocessing = new PatchPreprocessing { Patch = model.Config.Vision.Patch, MinPixels = 256, MaxPixels = 2304 };
        int right = 0;
        for (int i = 0; i < faces; i++)
        {
            FaceSpec spec = (i % 2 == 0 ? basic : compound).Spec(i / 2);
            PatchedImage patched = preprocessing.Apply(FaceGenerator.Draw(spec));
            var image = QwenImage.From(patched.Values, patched.Rows, patched.Columns);
            int[] prompt = QwenChat.Encode(tokenizer, [new ChatMessage("user", ChatPart.Image, DescribeTask.Question)], image.Tokens(preprocessing.Merge));
            string said = tokenizer.Decode(model.Generate(prompt, [image], new QwenAnswerOptions { MaxTokens = 128 }), skipSpecial: true);
            right += Phrases(said).Zip(Phrases(FaceDescription.Of(spec))).Count(part => part.First == part.Second);
        }

        return (double)right / (7 * faces);
    }

    // "mouth: corners down, parted" is two parts.
    private static string[] Phrases(string description) => description.Split(["; ", ", "], StringSplitOptions.None);
}
