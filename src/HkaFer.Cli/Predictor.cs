using HkaFer.Data;

namespace HkaFer.Cli;

/// <summary>Runs a model over any number of pictures in batches, at the memory of one batch.</summary>
/// <typeparam name="T">What the model says of a picture.</typeparam>
/// <param name="preprocessing">How pictures become numbers.</param>
/// <param name="batch">Pictures at a time.</param>
/// <param name="run">The model: one answer a picture, of pictures in <c>[count, 3, size, size]</c>.</param>
internal sealed class Predictor<T>(Preprocessing preprocessing, int batch, Func<float[], int, IReadOnlyList<T>> run)
    where T : class
{
    /// <summary>Pictures decoded at a time: each may hold hundreds of megabytes until it is made small.</summary>
    private const int Decoders = 2;

    /// <summary>Floats that a batch may hold, 1 GiB: a larger one is computed in parts.</summary>
    private const int MostFloats = 1 << 28;

    /// <summary>Answers in the order of the inputs; a picture that cannot be read has its problem in its place.</summary>
    public IEnumerable<Predicted<T>> Run(IEnumerable<(string Path, string? Problem)> inputs, CancellationToken cancel)
    {
        int length = 3 * preprocessing.Size * preprocessing.Size;
        int together = Math.Clamp(MostFloats / length, 1, batch);
        float[] pixels = new float[together * length];
        foreach ((string Path, string? Problem)[] chunk in inputs.Chunk(together))
        {
            cancel.ThrowIfCancellationRequested();
            string?[] problems = Decode(chunk, pixels, length);

            // Readable pictures move together, so that the model sees a batch without gaps.
            int[] places = [.. Enumerable.Range(0, chunk.Length).Where(i => problems[i] is null)];
            for (int i = 0; i < places.Length; i++)
            {
                pixels.AsSpan(places[i] * length, length).CopyTo(pixels.AsSpan(i * length, length));
            }

            IReadOnlyList<T> answers = places.Length > 0 ? run(pixels, places.Length) : [];
            for (int i = 0, next = 0; i < chunk.Length; i++)
            {
                yield return new Predicted<T>(chunk[i].Path, problems[i] is null ? answers[next++] : null, problems[i]);
            }
        }
    }

    private string?[] Decode((string Path, string? Problem)[] chunk, float[] pixels, int length)
    {
        string?[] problems = [.. chunk.Select(c => c.Problem)];
        Parallel.For(0, chunk.Length, new ParallelOptions { MaxDegreeOfParallelism = Decoders }, i =>
        {
            if (problems[i] is not null)
            {
                return;
            }

            try
            {
                preprocessing.Write(Image.Decode(chunk[i].Path), pixels.AsSpan(i * length, length));
            }
            catch (HkaFerException e)
            {
                problems[i] = e.Message;
            }
        });
        return [.. problems.Select((problem, i) => problem is null ? null : Without(chunk[i].Path, problem))];
    }

    /// <summary>The path stands beside the problem in every form of the result.</summary>
    private static string Without(string path, string problem)
    {
        foreach (string start in (string[])[$"image {path}: ", $"{path}: "])
        {
            if (problem.StartsWith(start, StringComparison.Ordinal))
            {
                return problem[start.Length..];
            }
        }

        return problem;
    }
}
