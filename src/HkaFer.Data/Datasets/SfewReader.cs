namespace HkaFer.Data;

/// <summary>
/// SFEW 2.0 (Dhall et al. 2011): <c>Train/Train_Aligned_Faces/Angry/*.png</c>, and <c>Val</c> likewise. The test split has no labels; the validation split
/// is what is scored.
/// </summary>
internal sealed class SfewReader : DatasetReader
{
    private static readonly (string Split, string Folder)[] s_splits = [(SplitName.Train, "Train"), (SplitName.Valid, "Val")];

    public override string Kind => "sfew";

    public override IReadOnlyList<string> Keys { get; } = [];

    public override IReadOnlyList<string> Splits(DataSource source)
    {
        string[] present = [.. s_splits.Where(s => FolderOf(source, s.Folder) is not null).Select(s => s.Split)];
        return present.Length > 0 ? present : throw new HkaFerException(
            $"sfew: nothing to read in '{source.Path}'; expected Train/Train_Aligned_Faces and Val/Val_Aligned_Faces (or ending in _new), with a folder per class");
    }

    public override ImageDataset Open(DataSource source, string split)
    {
        var present = Splits(source);
        if (!present.Contains(split)) throw SplitName.Missing(source, split, present, "Pictures of the test split have no labels.");
        string folder = FolderOf(source, s_splits.First(s => s.Split == split).Folder)!;
        var samples = new SampleList(Kind, folder);
        foreach (string inner in Directory.GetDirectories(folder).Where(f => !Hidden(f)).Order(StringComparer.Ordinal))
        {
            if (!Expressions.TryParse(Path.GetFileName(inner), out var expression) || (int)expression >= Numbering.Basic.Count)
            {
                throw new HkaFerException($"sfew: '{inner}' is no class; expected folders {string.Join(", ", Numbering.Basic)} or their adjectives");
            }

            foreach (string file in Directory.GetFiles(inner).Where(f => !Hidden(f) && Image.HasEnding(f)).Order(StringComparer.Ordinal)) samples.Add(0, file, (int)expression);
        }

        return samples.ToDataset(split, Numbering.Basic);
    }

    public override int? Published(DataSource source, string split) => split switch { SplitName.Train => 958, SplitName.Valid => 436, _ => null };

    private static string? FolderOf(DataSource source, string split) => ((string[])["_new", ""])
        .Select(ending => Path.Combine(source.Path, split, $"{split}_Aligned_Faces{ending}")).FirstOrDefault(Directory.Exists);

    private static bool Hidden(string path) => Path.GetFileName(path).StartsWith('.') || Path.GetFileName(path) == "__MACOSX";
}
