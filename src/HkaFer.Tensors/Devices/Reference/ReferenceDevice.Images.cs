namespace HkaFer.Tensors;

// Patches and resampling.
internal sealed partial class ReferenceDevice
{
    internal override void Unfold(Tensor x, int patch, Tensor y)
    {
        double[] pixels = Plain.Read(x), result = new double[y.Count];
        ForEachPixel(x.Shape, patch, (pixel, at) => result[at] = pixels[pixel]);
        Plain.Write(y, result);
    }

    internal override void Fold(Tensor gy, int patch, Target gx)
    {
        double[] g = Plain.Read(gy), result = new double[gx.Tensor.Count];
        ForEachPixel(gx.Tensor.Shape, patch, (pixel, at) => result[pixel] = g[at]);
        Plain.Write(gx, result);
    }

    internal override void Bicubic(Tensor x, bool antialias, Tensor y)
    {
        (int height, int width, int toHeight, int toWidth) = (x.Shape[-2], x.Shape[-1], y.Shape[-2], y.Shape[-1]);
        int planes = (int)(y.Count / (toHeight * toWidth));
        double[] rows = Along(Plain.Read(x), planes, new BicubicTaps(height, toHeight, antialias), width, false);
        Plain.Write(y, Along(rows, planes * toHeight, new BicubicTaps(width, toWidth, antialias), 1, false));
    }

    internal override void BicubicBackward(Tensor gy, bool antialias, Target gx)
    {
        (int height, int width, int toHeight, int toWidth) = (gx.Tensor.Shape[-2], gx.Tensor.Shape[-1], gy.Shape[-2], gy.Shape[-1]);
        int planes = (int)(gy.Count / (toHeight * toWidth));
        double[] rows = Along(Plain.Read(gy), planes * toHeight, new BicubicTaps(width, toWidth, antialias), 1, true);
        Plain.Write(gx, Along(rows, planes, new BicubicTaps(height, toHeight, antialias), width, true));
    }

    /// <summary>
    /// Resamples the middle axis of [outer, axis, inner], or its transpose. The weights of a sample are products of a row's and a column's,
    /// so one axis after the other gives the same sums with far fewer products.
    /// </summary>
    private static double[] Along(double[] x, int outer, BicubicTaps taps, int inner, bool transpose)
    {
        int from = transpose ? taps.Count : taps.Length, to = transpose ? taps.Length : taps.Count;
        var y = new double[outer * to * inner];
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < taps.Count; i++)
            {
                foreach ((int index, double weight) in taps[i])
                {
                    int source = ((o * from) + (transpose ? i : index)) * inner, target = ((o * to) + (transpose ? index : i)) * inner;
                    for (int j = 0; j < inner; j++) { y[target + j] += weight * x[source + j]; }
                }
            }
        }

        return y;
    }

    private static void ForEachPixel(Shape image, int patch, Action<int, int> visit)
    {
        (int batch, int channels, int height, int width) = (image[0], image[1], image[2], image[3]);
        int down = height / patch, across = width / patch, at = 0;
        for (int b = 0; b < batch; b++)
        {
            for (int row = 0; row < down; row++)
            {
                for (int column = 0; column < across; column++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        for (int y = 0; y < patch; y++)
                        {
                            for (int x = 0; x < patch; x++)
                            {
                                visit((((((b * channels) + c) * height) + (row * patch) + y) * width) + (column * patch) + x, at++);
                            }
                        }
                    }
                }
            }
        }
    }
}
