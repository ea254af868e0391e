using System.Collections.Concurrent;

namespace HkaFer.Data;

/// <summary>Makes a <see cref="DatasetReport"/>: one pass over all pictures, then their hashes.</summary>
internal sealed class DatasetVerifier(DataSource source, int nearDistance, CancellationToken cancel)
{
    /// <summary>Two decoders keep two cores busy and leave a machine with more to whoever else is on it.</summary>
    private const int Threads = 2;

    private readonly List<DatasetProblem> _problems = [];
    private readonly List<ImageDataset> _opened = [];
    private readonly ConcurrentDictionary<(int Width, int Height), int> _sizes = new();

    public DatasetReport Run(IProgress<(int Done, int Total)>? progress)
    {
        var splits = new Dictionary<string, SplitReport>();
        foreach (string split in source.Splits()) Open(split, splits);
        int total = _opened.Sum(d => d.Count), done = 0;
        var finder = new DuplicateFinder(_opened);
        foreach (var dataset in _opened) Decode(dataset, finder, () => progress?.Report((Interlocked.Increment(ref done), total)));
        var exact = finder.Exact();
        var near = finder.Near(nearDistance, cancel);
        return new DatasetReport(source.Kind, splits, _problems)
        {
            Sizes = SizeReport.Of(_sizes.ToArray()),
            Exact = exact,
            Near = near,
            NearDistance = nearDistance,
            Notes = [.. _opened.SelectMany(d => d.Notes.Select(note => $"{d.Split}: {note}"))],
            Doubts = [.. exact.Concat(near).SelectMany(OfGroup), .. _opened.SelectMany(OfVotes).OrderByDescending(d => d.Score)],
        };
    }

    private void Open(string split, Dictionary<string, SplitReport> splits)
    {
        try
        {
            var dataset = source.OpenUnchecked(split);
            var counts = dataset.ClassCounts();
            splits[split] = new SplitReport(dataset.Count, dataset.Classes.Index().ToDictionary(c => c.Item, c => counts[c.Index]))
            {
                Published = source.Published(split),
                PublishedClasses = source.PublishedClasses(split),
            };
            _opened.Add(dataset);
            if (split is SplitName.Train or SplitName.All) dataset.CheckClasses();
        }
        catch (HkaFerException e)
        {
            _problems.Add(new DatasetProblem(source.Path, e.Message));
        }
    }

    private void Decode(ImageDataset dataset, DuplicateFinder finder, Action done)
    {
        var found = new ConcurrentDictionary<int, string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel };
        Parallel.For(0, dataset.Count, options, i =>
        {
            try
            {
                var image = dataset.Load(i);
                _sizes.AddOrUpdate((image.Width, image.Height), 1, (_, count) => count + 1);
                finder.Add(dataset, i, image);
            }
            catch (HkaFerException e)
            {
                found[i] = e.Message;
            }

            done();
        });
        _problems.AddRange(found.OrderBy(p => p.Key).Select(p => new DatasetProblem(dataset[p.Key].Path, p.Value) { Split = dataset.Split }));
    }

    private static IEnumerable<LabelDoubt> OfGroup(DuplicateGroup group)
    {
        if (!group.DifferentLabels) yield break;
        foreach (var picture in group.Pictures)
        {
            // What most of the others say.
            var other = group.Pictures.Where(p => p.Label != picture.Label).GroupBy(p => p.Label).MaxBy(g => g.Count())!;
            int same = group.Pictures.Count(p => p.Label == picture.Label);
            yield return new LabelDoubt(picture, other.Key, "duplicate", (double)other.Count() / (other.Count() + same), $"{other.First().Path} is {other.Key}");
        }
    }

    private IEnumerable<LabelDoubt> OfVotes(ImageDataset dataset)
    {
        var doubts = source.Doubts(dataset.Split);
        if (doubts.Count == 0) yield break;
        for (int i = 0; i < dataset.Count; i++)
        {
            var sample = dataset[i];
            if (!doubts.TryGetValue(Path.GetFileName(sample.Path), out var doubt)) continue;
            var picture = new LabelledPicture(sample.Path, dataset.Split, dataset.Classes[sample.Label]);
            if (doubt.Suspect != picture.Label) yield return new LabelDoubt(picture, doubt.Suspect, "votes", doubt.Entropy, doubt.Detail);
        }
    }
}
