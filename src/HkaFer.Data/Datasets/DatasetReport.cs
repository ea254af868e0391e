using System.Collections.Concurrent;

namespace HkaFer.Data;

/// <summary>A data set before training: what it holds, and everything that is wrong with it.</summary>
/// <param name="Kind">What reads it.</param>
/// <param name="Splits">What each split holds, by its name.</param>
/// <param name="Problems">Everything that cannot be read, in the order of the data set; empty if all is well.</param>
public sealed record DatasetReport(string Kind, IReadOnlyDictionary<string, SplitReport> Splits, IReadOnlyList<DatasetProblem> Problems)
{
    /// <summary>Two decoders keep two cores busy and leave a machine with more to whoever else is on it.</summary>
    private const int Threads = 2;

    /// <summary>Reads every list and decodes every picture of a data set.</summary>
    /// <param name="source">Which data set.</param>
    /// <param name="progress">Told how many pictures of how many are done; from several threads.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="HkaFerException">Nothing is there that the kind can read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DatasetReport Verify(DataSource source, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var splits = new Dictionary<string, SplitReport>();
        var problems = new List<DatasetProblem>();
        var opened = new List<ImageDataset>();
        foreach (string split in source.Splits())
        {
            try
            {
                var dataset = source.OpenUnchecked(split);
                var counts = dataset.ClassCounts();
                splits[split] = new SplitReport(dataset.Count, dataset.Classes.Index().ToDictionary(c => c.Item, c => counts[c.Index]));
                opened.Add(dataset);
            }
            catch (HkaFerException e)
            {
                problems.Add(new DatasetProblem(source.Path, e.Message));
            }
        }

        int total = opened.Sum(d => d.Count), done = 0;
        foreach (var dataset in opened)
        {
            var found = new ConcurrentDictionary<int, string>();
            var options = new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel };
            Parallel.For(0, dataset.Count, options, i =>
            {
                try
                {
                    dataset.Load(i);
                }
                catch (HkaFerException e)
                {
                    found[i] = e.Message;
                }

                progress?.Invoke(Interlocked.Increment(ref done), total);
            });
            problems.AddRange(found.OrderBy(p => p.Key).Select(p => new DatasetProblem(dataset[p.Key].Path, p.Value)));
        }

        return new DatasetReport(source.Kind, splits, problems);
    }
}
