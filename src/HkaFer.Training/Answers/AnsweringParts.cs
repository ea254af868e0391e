using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What must fit together for a vision-language model to be asked.</summary>
internal static class AnsweringParts
{
    /// <summary>The preprocessing of a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="minPixels">Fewest pixels after resizing; the checkpoint's own limit where not given.</param>
    /// <param name="maxPixels">Most pixels after resizing; likewise.</param>
    internal static PatchPreprocessing PreprocessingOf(string folder, QwenVlConfig config, int? minPixels, int? maxPixels)
    {
        string file = Path.Combine(folder, CheckpointPreprocessing.FileName);
        PatchPreprocessing published = File.Exists(file)
            ? PatchPreprocessing.Read(file)
            : new PatchPreprocessing { Patch = config.Vision.Patch, Merge = config.Vision.Merge, Frames = config.Vision.Frames };
        int most = maxPixels ?? published.MaxPixels;
        PatchPreprocessing read = published with { MinPixels = minPixels ?? Math.Min(published.MinPixels, most), MaxPixels = most };
        read.Check();
        return read;
    }

    /// <summary>Checks that patches and tokens are the model's.</summary>
    /// <exception cref="HkaFerException">They are another model's.</exception>
    internal static void Check(QwenVl model, QwenTokenizer tokenizer, PatchPreprocessing preprocessing, string name)
    {
        QwenVisionConfig vision = model.Config.Vision;
        if ((preprocessing.Patch, preprocessing.Merge, preprocessing.Frames) != (vision.Patch, vision.Merge, vision.Frames))
        {
            throw new HkaFerException(
                $"{name}: pictures are cut into patches of {preprocessing.Patch} pixels, {preprocessing.Merge} x {preprocessing.Merge} a token, {preprocessing.Frames} frames; "
                + $"this model's are {vision.Patch}, {vision.Merge} x {vision.Merge} and {vision.Frames}: take the {CheckpointPreprocessing.FileName} and the adapter of this model");
        }

        if (tokenizer.ImagePad != model.Config.ImageToken)
        {
            throw new HkaFerException(
                $"{name}: the tokenizer's <|image_pad|> is token {tokenizer.ImagePad}, the model's config.json has image_token_id {model.Config.ImageToken}; take the tokenizer's files from the model's own checkpoint");
        }
    }
}
