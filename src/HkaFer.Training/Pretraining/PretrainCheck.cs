using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What the values of a pre-training recipe must satisfy beyond their types.</summary>
internal static class PretrainCheck
{
    /// <summary>Checks all values: those that it shares with a <see cref="Recipe"/> as there.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="placeOf">Where a key stands, for messages.</param>
    /// <exception cref="HkaFerException">A value is out of range, or options exclude each other.</exception>
    internal static void Values(PretrainRecipe recipe, Func<string, string> placeOf)
    {
        RecipeCheck.Values(recipe.AsTraining(), placeOf);
        That(recipe.Data.HeldOut is >= 0 and <= 0.5, "data.held_out", "must be from 0 to 0.5");
        That(recipe.Masking.Ratio is > 0 and < 1, "masking.ratio", "must be above 0 and below 1");
        DecoderConfig decoder = recipe.Masking.Decoder;
        That(decoder.Width is >= 4 and <= 1 << 14 && decoder.Width % 4 == 0, "masking.decoder.width", "must be a multiple of 4, up to 16384");
        That(decoder.Depth is >= 1 and <= 256, "masking.decoder.depth", "must be from 1 to 256");
        That(decoder.Heads >= 1 && decoder.Width % decoder.Heads == 0, "masking.decoder.heads", $"must divide the width {decoder.Width}");
        That(recipe.Masking.Show is >= 0 and <= 64, "masking.show", "must be from 0 to 64");
        That(recipe.Masking.ShowEvery is >= 1 and <= 100_000, "masking.show_every", "must be from 1 to 100000");
        That(recipe.Optimizer.LayerDecay == 1, "optimizer.layer_decay", "is for fine-tuning; take it away");
        That(recipe.Augmentation is not { Mixup: > 0 } and not { Cutmix: > 0 }, "augmentation.mixup", "and cutmix blend labels, of which there are none here; take them away");
        if (recipe.Backbone.Scratch is not { } scratch)
        {
            return;
        }

        int side = scratch.Grid * scratch.Patch;
        That(recipe.Preprocessing.Size == side, "preprocessing.size", $"must be {side}, the side that backbone.scratch.image_size and patch make; got {recipe.Preprocessing.Size}");
        That(scratch.Width % 4 == 0, "backbone.scratch.width", "must be a multiple of 4, as its positions begin as sines and cosines of row and column");
        int patches = scratch.Grid * scratch.Grid, visible = (int)(patches * (1 - recipe.Masking.Ratio));
        That(visible >= 1 && visible < patches, "masking.ratio", $"leaves {visible} of {patches} patches to see; at least one must be seen and one hidden");

        void That(bool holds, string path, string message)
        {
            if (!holds)
            {
                throw new HkaFerException($"{placeOf(path)}: {path} {message}");
            }
        }
    }

    /// <summary>Checks that there is something to train, and to train on.</summary>
    /// <exception cref="HkaFerException">There is not.</exception>
    internal static void Complete(PretrainRecipe recipe, Func<string, string> placeOf)
    {
        if (recipe.Data.Train is null)
        {
            throw new HkaFerException($"{placeOf("data.train")}: data.train is missing; give a folder of pictures, or KIND:PATH");
        }

        if (recipe.Backbone is { Folder: null, Scratch: null })
        {
            throw new HkaFerException($"{placeOf("backbone")}: backbone is missing; give `scratch` (width, depth, heads, patch, image_size), or `folder` (a checkpoint to go on with)");
        }

        try
        {
            Pictures(recipe.Data.Train);
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"{placeOf("data.train")}: data.train: {e.Message}", e);
        }
    }

    /// <summary>Where the pictures are: all of a bare folder, as its labels do not matter.</summary>
    internal static DataSource Pictures(string train) => Directory.Exists(train) ? DataSource.Of("pictures", train) : DataSource.Parse(train);
}
