using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Where a token stands, on the three axes of the rotary positions.</summary>
/// <param name="Time">Grows with the text.</param>
/// <param name="Row">Of a visual token, its row; of text, the same as its time.</param>
/// <param name="Column">Of a visual token, its column.</param>
public readonly record struct QwenPosition(int Time, int Row, int Column)
{
    /// <summary>
    /// The positions of a prompt. Text goes on by one on all axes; an image that starts at p has time p, row p + its row and column p + its column;
    /// text after it goes on at the largest number so far and one.
    /// </summary>
    /// <param name="ids">The prompt, with one image token for each visual token.</param>
    /// <param name="images">Rows and columns of visual tokens of each image, in order.</param>
    /// <param name="imageToken">The token in whose places images stand.</param>
    /// <exception cref="HkaFerException">Images and image tokens do not match.</exception>
    public static QwenPosition[] Of(ReadOnlySpan<int> ids, IReadOnlyList<(int Rows, int Columns)> images, int imageToken)
    {
        ArgumentNullException.ThrowIfNull(images);
        Match(ids, images, imageToken);
        var positions = new QwenPosition[ids.Length];
        int next = 0, image = 0;
        for (int at = 0; at < ids.Length;)
        {
            if (ids[at] != imageToken)
            {
                positions[at++] = new(next, next, next);
                next++;
                continue;
            }

            (int rows, int columns) = images[image++];
            for (int i = 0; i < rows * columns; i++)
            {
                positions[at++] = new(next, next + (i / columns), next + (i % columns));
            }

            next += Math.Max(rows, columns);
        }

        return positions;
    }

    /// <summary>The position after all of these.</summary>
    internal static int After(IEnumerable<QwenPosition> positions) => positions.Max(p => Math.Max(p.Time, Math.Max(p.Row, p.Column))) + 1;

    /// <summary>Every image must find its tokens in one piece, and no token may be left over.</summary>
    private static void Match(ReadOnlySpan<int> ids, IReadOnlyList<(int Rows, int Columns)> images, int imageToken)
    {
        int tokens = images.Sum(image => image.Rows * image.Columns), places = ids.Count(imageToken);
        if (tokens != places)
        {
            throw new HkaFerException(
                $"qwen-vl: {images.Count} image(s) make {tokens} visual tokens, the prompt has {places} image tokens ({imageToken}); write one for each (rows x columns of patches, divided by the block)");
        }

        int image = 0;
        for (int at = 0; at < ids.Length;)
        {
            if (ids[at] != imageToken)
            {
                at++;
                continue;
            }

            int length = images[image].Rows * images[image].Columns;
            if (ids.Slice(at, Math.Min(length, ids.Length - at)) is var run && (run.Length < length || run.ContainsAnyExcept(imageToken)))
            {
                throw new HkaFerException($"qwen-vl: the tokens of image {image} from token {at} on are not in one piece; expected {length} image tokens one after another");
            }

            image++;
            at += length;
        }
    }
}
