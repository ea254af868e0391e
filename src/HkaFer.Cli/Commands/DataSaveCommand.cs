using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>The pictures of any data source as files: to look at, to predict on, to have the layout of <c>folder:</c> before one's eyes.</summary>
internal sealed class DataSaveCommand : CliCommand
{
    private readonly Argument<string> _source, _folder;
    private readonly Option<string?> _split;
    private readonly Option<int?> _each;

    public DataSaveCommand()
        : base("save", "Writes the pictures of a data set, or drawn faces, as PNG files in folders of their classes.")
    {
        Stops = true;
        Remarks = "The result is read as folder:DIR. A file's name is the picture's number in its split; its pixels are those of the data, upright and without transparency. "
            + "Soft labels are not written: a picture lies with the class that has the largest share.";
        _source = Take<string>("SOURCE", "KIND:PATH, as a recipe's data.train; faces:?seed=9 draws some");
        _folder = Take<string>("DIR", "the folder to write; it must not exist, or be empty");
        _split = With<string?>("--split", "SPLIT", "this one alone, without a folder of its own; all of them if not given");
        _each = Count("--each", "N", "at most so many pictures of a class in a split, the first; all if not given", 1, int.MaxValue);
        Examples.Add(("hkafer data save \"faces:?seed=9&classes=compound\" drawn --split valid --each 2", "22 drawn faces, to try a model on: hkafer predict MODEL drawn"));
        Examples.Add(("hkafer data save ferplus:/data/FERPlus ferplus --each 100 --json", "the first hundred pictures of every class and split"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string folder = args.GetRequiredValue(_folder);
        NewFolder.Check(folder);
        DataSource source = DataSource.Parse(args.GetRequiredValue(_source));
        RefuseWithin(source, folder);
        string? only = args.GetValue(_split);
        ImageDataset[] splits = [.. (only is null ? source.Splits() : [only]).Select(split => source.Open(split))];
        Picture[] pictures = [.. splits.SelectMany(data => Chosen(data, args.GetValue(_each) ?? int.MaxValue).Select(at => new Picture(data, at, Place(data, at, splits.Length > 1))))];
        if (pictures.Length == 0)
        {
            throw new HkaFerException($"data save: {source} has no picture to write; choose another split");
        }

        HashSet<string> files = [.. pictures.Select(picture => picture.File)];
        var watch = Stopwatch.StartNew();
        NewFolder.Write(
            folder,
            fresh =>
            {
                foreach ((int done, Picture picture) in pictures.Index())
                {
                    cancel.ThrowIfCancellationRequested();
                    picture.Data.Load(picture.Index).SavePng(Path.Combine(fresh, picture.File));
                    output.Live(() => FormattableString.Invariant(
                        $"{done + 1:N0} of {pictures.Length:N0} pictures  {TimeLeft.Text(watch.Elapsed / (done + 1) * (pictures.Length - done - 1))} left"));
                }

                CheckReadable(source, fresh, pictures.Length);
            },
            files.Contains);

        output.ClearLive();
        string next = $"folder:{folder}";
        if (!output.Document(() => new JsonObject
        {
            ["written"] = folder,
            ["pictures"] = pictures.Length,
            ["classes"] = Json.Strings([.. pictures.Select(picture => picture.Label).Distinct(StringComparer.Ordinal)]),
            ["data"] = next,
        }))
        {
            output.Facts(("written", folder), ("pictures", FormattableString.Invariant($"{pictures.Length:N0}")), ("as data", Quoting.ShellWord(next)));
        }

        return ExitCode.Done;
    }

    /// <summary>Pictures that are written into the data that they come from would be data of the next reading.</summary>
    private static void RefuseWithin(DataSource source, string folder)
    {
        if (source.Path.Length > 0 && Directory.Exists(source.Path)
            && Path.GetFullPath(folder).StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new HkaFerException($"data save: '{folder}' lies within the data '{source.Path}'; name a folder outside of it");
        }
    }

    /// <summary>Names of classes come from outside: one that begins with a dot, say, is no folder of a class to whoever reads it.</summary>
    private static void CheckReadable(DataSource source, string fresh, int written)
    {
        int found = 0;
        try
        {
            DataSource saved = DataSource.Of("folder", fresh);
            found = saved.Splits().Sum(split => saved.Open(split).Count);
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"data save: the classes of {source} cannot be folders ({e.Message}); rename them in the data", e);
        }

        if (found != written)
        {
            throw new HkaFerException($"data save: of {written:N0} pictures of {source} only {found:N0} would be read back, for a class has a name that no folder of a class may have; rename it in the data");
        }
    }

    private static IEnumerable<int> Chosen(ImageDataset data, int each)
    {
        var taken = new int[data.Classes.Count];
        return Enumerable.Range(0, data.Count).Where(at => taken[data[at].Label]++ < each);
    }

    private static string Place(ImageDataset data, int index, bool withSplit)
    {
        string label = data.Classes[data[index].Label];
        return label is "" or "." or ".." || label.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0
            ? throw new HkaFerException($"data save: the class '{Nearest.Cut(label)}' cannot be the name of a folder; rename it in the data")
            : FormattableString.Invariant($"{(withSplit ? $"{data.Split}/" : "")}{label}/{index:D6}.png");
    }

    private sealed record Picture(ImageDataset Data, int Index, string File)
    {
        public string Label => Data.Classes[Data[Index].Label];
    }
}
