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
        double dense = layers.Sum(l => (double)l.In * l.Out), attention = 2 * tokens * c.Width;
        double adapters = layers.Sum(l => heka.SizesFor(c.Width).Sum(s => Math.Min(
            ((double)s.Q * l.In) + ((double)l.Out * (l.In / s.L)), ((double)s.L * l.Out) + ((double)l.In * (l.Out / s.Q)))));

        // Forward and the gradient of the input: twice the dense products. Attention's backward pass makes its weights again: five products for two.
        // An adapter's is five for two as well.
        double block = (2 * dense) + (3.5 * attention) + (3.5 * adapters), stem = (double)c.Channels * c.Patch * c.Patch * c.Width;
        return 2 * settings.Batch * tokens * ((c.Depth * block) + stem);
    }
}
