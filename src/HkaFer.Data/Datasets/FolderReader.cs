namespace HkaFer.Data;

/// <summary>
/// Plain folders: <c>split/class/picture</c>, or <c>class/picture</c> without splits. Only the named levels are read, so links that lead
/// back into the tree cannot make it endless.
/// </summary>
internal sealed class FolderReader : DatasetReader
{
    public override string Kind => "folder";

    public override IReadOnlyList<string> Keys => SplitCarver.Keys;

    public override IReadOnlyList<string> Splits(DataSource source)
    {
        var layout = Layout(source);
        string[] present = [.. layout.Keys.OrderBy(SplitName.Order)];
        if (!SplitCarver.Wanted(source)) return present;
        if (layout.ContainsKey(SplitName.Valid))
        {
            throw new HkaFerException($"folder: '{source.Path}' has a validation split; take valid= away");
        }

        if (!layout.ContainsKey(SplitName.Train) && !layout.ContainsKey(SplitName.All))
        {
            throw SplitName.Missing(source, SplitName.Train, present, "valid= sets part of the training pictures aside.");
        }

        return layout.ContainsKey(SplitName.Test) ? [SplitName.Train, SplitName.Valid, SplitName.Test] : [SplitName.Train, SplitName.Valid];
    }

    public override ImageDataset Open(DataSource source, string split)
    {
        var layout = Layout(source);
        var present = Splits(source);
        if (!present.Contains(split))
        {
            throw SplitName.Missing(source, split, present,
                "Add the folder, or let part of the training pictures be set aside: ?valid=0.2&seed=1");
        }

        // Classes of all splits, so that a class without a validation picture does not shift the labels of the others.
        var names = new ClassNames(layout.Values.SelectMany(f => Subfolders(f).Select(Name)));
        bool carved = SplitCarver.Wanted(source) && split != SplitName.Test;
        string root = carved ? layout.GetValueOrDefault(SplitName.Train) ?? layout[SplitName.All] : layout[split];
        var samples = Pictures(root, names);
        if (carved) samples = SplitCarver.Carve(source, samples, split);
        return new FileDataset(Kind, split, names.Names, samples, $"'{root}'") { Remarks = [.. Remarks(root, names.Names)] };
    }

    /// <summary>What is read as it stands and yet is hardly meant.</summary>
    private static IEnumerable<string> Remarks(string root, IReadOnlyList<string> classes)
    {
        string[] loose = [.. Directory.EnumerateFiles(root).Where(f => !Hidden(f) && Image.HasEnding(f)).Order(StringComparer.Ordinal)];
        if (loose.Length > 0)
        {
            yield return $"'{root}' holds {(loose.Length == 1 ? "a picture" : $"{loose.Length:N0} pictures")} outside the folders of its classes, left out; the first is '{Name(loose[0])}'";
        }

        string[] unknown = [.. classes.Where(name => !Expressions.TryParse(name, out _))];
        if (unknown.Length > 0 && unknown.Length < classes.Count)
        {
            yield return $"{string.Join(", ", unknown.Take(5).Select(name => $"'{name}'"))} beside names of expressions: all classes keep the names of their folders, "
                + "in alphabetical order, and fit no model of the expressions; rename or move what is no expression";
        }
    }

    private static Sample[] Pictures(string root, ClassNames names)
    {
        var samples = new List<Sample>();
        var owners = new Dictionary<int, string>();
        foreach (string folder in Subfolders(root))
        {
            int label = names[Name(folder)];
            if (!owners.TryAdd(label, folder))
            {
                throw new HkaFerException(
                    $"folder: '{owners[label]}' and '{folder}' are both the class '{names.Names[label]}'; "
                    + "put their pictures into one folder");
            }

            string[] files = [.. Directory.EnumerateFiles(folder).Where(f => !Hidden(f))];
            string[] pictures = [.. files.Where(Image.HasEnding).Order(StringComparer.Ordinal)];
            if (pictures.Length == 0)
            {
                string others = files.Length == 0 ? "it is empty" : $"it holds {files.Length} other files, such as '{Name(files[0])}'";
                throw new HkaFerException(
                    $"folder: no picture in the class folder '{folder}' ({others}); expected {string.Join(", ", Image.Endings)}. "
                    + "Fill it or remove it");
            }

            samples.AddRange(pictures.Select(p => new Sample(p, label)));
        }

        return [.. samples];
    }

    /// <summary>Split to folder. Folders named like splits are splits if they hold folders; else they are classes of that name.</summary>
    private static Dictionary<string, string> Layout(DataSource source)
    {
        if (!Directory.Exists(source.Path)) throw new HkaFerException($"folder: no folder '{source.Path}'; check the path after folder:");
        if (Directory.Exists(Path.Combine(source.Path, FerPlusReader.TrainFolder)))
        {
            throw new HkaFerException($"folder: '{source.Path}' holds {FerPlusReader.TrainFolder}, as FERPlus does; write ferplus:{source.Path}");
        }

        var folders = Subfolders(source.Path);
        var splits = new Dictionary<string, string>();
        foreach (string folder in folders)
        {
            if (SplitName.Normalise(Name(folder)) is not { } split || Subfolders(folder).Length == 0) continue;
            if (!splits.TryAdd(split, folder))
            {
                throw new HkaFerException($"folder: '{splits[split]}' and '{folder}' are both the split '{split}'; keep one");
            }
        }

        if (splits.Count > 0)
        {
            RefuseOthers(folders.Except(splits.Values, StringComparer.Ordinal), splits.Values.First());
            return splits;
        }

        if (folders.Length > 0) return new Dictionary<string, string> { [SplitName.All] = source.Path };
        bool flat = Directory.EnumerateFiles(source.Path).Any(Image.HasEnding);
        string found = flat ? "it holds pictures but no folder per class" : "it holds no folders";
        throw new HkaFerException(
            $"folder: nothing to read in '{source.Path}' ({found}); expected <split>/<class>/<picture> or <class>/<picture>");
    }

    /// <summary>Pictures beside the splits would be left out without a word: a class in the wrong place, or a split by an unknown name.</summary>
    private static void RefuseOthers(IEnumerable<string> folders, string split)
    {
        foreach (string folder in folders)
        {
            if (Subfolders(folder).Prepend(folder).SelectMany(Directory.EnumerateFiles).FirstOrDefault(f => !Hidden(f) && Image.HasEnding(f)) is { } picture)
            {
                throw new HkaFerException(
                    $"folder: '{picture}' belongs to no split: beside '{split}' only splits are read ({string.Join(", ", DataSource.SplitNames)}). "
                    + $"Move '{folder}' into a split, or out of the data set, or hide it with a dot before its name");
            }
        }
    }

    private static string[] Subfolders(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(f => !Hidden(f)).Order(StringComparer.Ordinal)];

    // Systems and archivers leave files such as .DS_Store, ._face.png and __MACOSX behind.
    private static bool Hidden(string path) => Name(path).StartsWith('.') || Name(path) == "__MACOSX";

    private static string Name(string path) => Path.GetFileName(path);
}
