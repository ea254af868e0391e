using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>The vision transformer that a pre-training recipe names.</summary>
internal static class PretrainedEncoder
{
    /// <summary>A fresh one without values, or one of a checkpoint.</summary>
    /// <returns>The encoder, and the folder that it comes from.</returns>
    /// <exception cref="HkaFerException">There is none, or it is none of DINOv2's form.</exception>
    internal static (VisionTransformer Encoder, string? Folder) Build(BackboneSettings settings)
    {
        if (settings.Scratch is { } scratch)
        {
            return (new VisionTransformer(scratch), null);
        }

        string folder = Backbones.Resolve(settings.Folder ?? throw new HkaFerException("recipe: backbone is missing; name a folder, or sizes under backbone.scratch"));
        return Backbones.Load(folder) is VisionTransformer encoder
            ? (encoder, folder)
            : throw new HkaFerException($"{folder}: is CLIP, whose image encoder is not pre-trained with masks here; give a vision transformer of DINOv2's form, or backbone.scratch");
    }
}
