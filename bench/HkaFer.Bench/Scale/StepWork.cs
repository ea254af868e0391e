using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Bench;

/// <summary>The operations of a training step, counted from the sizes alone: two for each multiply-add, nothing for what is elementwise.</summary>
internal static class StepWork
{
    /// <summary>Operations of one training step over a frozen backbone with HeKA beside every linear layer of its blocks.</summary>
    public static double Of(StepSettings settings)
    {
        VitConfig c = settings.Config;
        var heka = (HeKA)settings.Adapter!;
        double side = settings.Size / c.Patch, tokens = (side * side) + 1;
        (int In, int Out)[] layers = [(c.Width, 3 * c.Width), (c.Width, c.Width), (c.Width, c.MlpWidth), (c.MlpWidth, c.Width)];

        // Forward and the gradient of the input: twice the dense products. Attention's backward pass makes its weights again: five products for two.
        // An adapter's is five for two as well. Of the last block only the first layer sees all tokens: the others see those that stand beside the class token.
        double last = Math.Min(tokens, ImageEncoder.LastTokens), stem = (double)c.Channels * c.Patch * c.Patch * c.Width;
        double Block(double asking) =>
            layers.Select((l, i) => (i == 0 ? tokens : asking) * ((2.0 * l.In * l.Out) + (3.5 * Adapters(l)))).Sum() + (3.5 * asking * 2 * tokens * c.Width);
        double Adapters((int In, int Out) l) => heka.SizesFor(c.Width).Sum(s => Math.Min(
            ((double)s.Q * l.In) + ((double)l.Out * (l.In / s.L)), ((double)s.L * l.Out) + ((double)l.In * (l.Out / s.Q))));
        return 2 * settings.Batch * (((c.Depth - 1) * Block(tokens)) + Block(last) + (tokens * stem));
    }
}
