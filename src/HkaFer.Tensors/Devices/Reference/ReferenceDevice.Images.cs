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
        double[] pixels = Plain.Read(x), result = new double[y.Count];
        BicubicTaps rows = new(height, toHeight, antialias), columns = new(width, toWidth, antialias);
        for (int plane = 0; plane < result.Length / (toHeight * toWidth); plane++)
        {
            ForEachTap(rows, columns, (at, from, weight) =>
                result[(plane * toHeight * toWidth) + at] += weight * pixels[(plane * height * width) + from]);
        }

        Plain.Write(y, result);
    }

    internal override void BicubicBackward(Tensor gy, bool antialias, Target gx)
    {
        (int height, int width, int toHeight, int toWidth) = (gx.Tensor.Shape[-2], gx.Tensor.Shape[-1], gy.Shape[-2], gy.Shape[-1]);
        double[] g = Plain.Read(gy), result = new double[gx.Tensor.Count];
        BicubicTaps rows = new(height, toHeight, antialias), columns = new(width, toWidth, antialias);
        for (int plane = 0; plane < g.Length / (toHeight * toWidth); plane++)
        {
            ForEachTap(rows, columns, (at, from, weight) =>
                result[(plane * height * width) + from] += weight * g[(plane * toHeight * toWidth) + at]);
        }

        Plain.Write(gx, result);
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

    private static void ForEachTap(BicubicTaps rows, BicubicTaps columns, Action<int, int, double> visit)
    {
        for (int y = 0; y < rows.Count; y++)
        {
            for (int x = 0; x < columns.Count; x++)
            {
                foreach ((int fromY, double weightY) in rows[y])
                {
                    foreach ((int fromX, double weightX) in columns[x])
                    {
                        visit((y * columns.Count) + x, (fromY * columns.Length) + fromX, weightY * weightX);
                    }
                }
            }
        }
    }
}
