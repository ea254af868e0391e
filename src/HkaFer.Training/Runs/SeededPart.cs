using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Some of the pictures of a split, drawn by a seed.</summary>
internal static class SeededPart
{
    /// <summary>Draws pictures; both parts keep the split's order.</summary>
    /// <param name="all">The split.</param>
    /// <param name="count">How many are drawn, at most all.</param>
    /// <param name="seed">Decides which; the same split and seed draw the same.</param>
    /// <param name="name">What the drawn ones are called, where they are a split of their own.</param>
    internal static (ImageDataset Drawn, ImageDataset Others) Of(ImageDataset all, int count, ulong seed, string? name = null)
    {
        int[] order = Shuffle.Order(all.Count, seed);
        return (all.Part([.. order[..count].Order()], name), all.Part([.. order[count..].Order()]));
    }

    /// <summary>How many pictures a share is: at least one, unless it is none.</summary>
    internal static int Count(double share, int all) => share == 0 ? 0 : Math.Max(1, (int)Math.Round(share * all));
}
