using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Cosines and sines of rotary positions, <c>[tokens, half the width of a head]</c>.</summary>
internal sealed record QwenAngles(Tensor Cos, Tensor Sin)
{
    /// <summary>Turns the heads of a projection <c>[tokens, heads * width]</c>.</summary>
    internal Tensor Turn(Tensor x, int heads) => Ops.Rotary(x, heads, Cos, Sin);

    /// <summary>
    /// Multimodal positions: the first frequencies follow the token's time, the next its row, the last its column (sections). Text has the same number on
    /// all three axes.
    /// </summary>
    internal static QwenAngles OfText(QwenTextConfig config, IReadOnlyList<QwenPosition> positions)
    {
        int half = config.HeadWidth / 2;
        double[] frequencies = Frequencies(half, config.RopeBase);
        return Make(positions.Count, half, (token, i) =>
        {
            QwenPosition p = positions[token];
            int axis = i < config.RopeSections[0] ? p.Time : i < config.RopeSections[0] + config.RopeSections[1] ? p.Row : p.Column;
            return axis * frequencies[i];
        });
    }

    /// <summary>Positions of patches: the first half of the frequencies follows the row, the second the column.</summary>
    internal static QwenAngles OfPatches(QwenVisionConfig config, IReadOnlyList<(int Row, int Column)> patches)
    {
        int half = config.Width / config.Heads / 2, quarter = half / 2;
        double[] frequencies = Frequencies(quarter, 10_000);
        return Make(patches.Count, half, (patch, i) => i < quarter ? patches[patch].Row * frequencies[i] : patches[patch].Column * frequencies[i - quarter]);
    }

    private static double[] Frequencies(int count, double theta) => [.. Enumerable.Range(0, count).Select(i => Math.Pow(theta, -(double)i / count))];

    private static QwenAngles Make(int tokens, int half, Func<int, int, double> angle)
    {
        float[] cos = new float[tokens * half], sin = new float[tokens * half];
        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < half; i++)
            {
                (double s, double c) = Math.SinCos(angle(token, i));
                (cos[(token * half) + i], sin[(token * half) + i]) = ((float)c, (float)s);
            }
        }

        return new QwenAngles(Tensor.From(cos, [tokens, half]), Tensor.From(sin, [tokens, half]));
    }
}
