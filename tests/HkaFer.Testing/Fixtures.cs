using System.Text.Json;
using Xunit;

namespace HkaFer.Testing;

/// <summary>
/// Finds the reference cases by folder: <c>../shared/fixtures</c> beside the repository, the small ones kept in <c>tests/fixtures</c>,
/// and every folder in the environment variable <c>HKAFER_FIXTURES</c> (separated by <c>:</c>), each a case or a folder of cases.
/// </summary>
public static class Fixtures
{
    /// <summary>
    /// Each kind that a test reads, and the project whose tests read it; <c>*</c> at the end stands for anything. A kind that is not
    /// here is one that nothing checks yet.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Known { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["op-*"] = "HkaFer.Tensors",
        ["kronecker"] = "HkaFer.Tensors",
        ["heka-layer"] = "HkaFer.Adapters",
        ["lora-layer"] = "HkaFer.Adapters",
        ["peft-lora"] = "HkaFer.Adapters",
        ["peft-dora"] = "HkaFer.Adapters",
        ["peft-lokr"] = "HkaFer.Adapters",
        ["optimizer"] = "HkaFer.Training",
        ["clip-grad-norm"] = "HkaFer.Training",
        ["train-trace"] = "HkaFer.Training",
        ["metrics"] = "HkaFer.Training",
        ["mcnemar"] = "HkaFer.Training",
        ["tsne"] = "HkaFer.Training",
        ["gradcam"] = "HkaFer.Training",
        ["similarity-alignment"] = "HkaFer.Data",
        ["dinov2"] = "HkaFer.Models",
        ["masked-autoencoder"] = "HkaFer.Models",
        ["dinov2-classifier"] = "HkaFer.Models",
        ["clip"] = "HkaFer.Models",
        ["clip-vision"] = "HkaFer.Models",
        ["clip-tokenizer"] = "HkaFer.Models",
        ["clip-trace"] = "HkaFer.Training",
        ["qwen2vl"] = "HkaFer.Models",
        ["qwen25vl"] = "HkaFer.Models",
        ["qwen-tokenizer"] = "HkaFer.Models",
        ["qwen-chat"] = "HkaFer.Models",
        ["qwen-smart-resize"] = "HkaFer.Data",
        ["pil-resize"] = "HkaFer.Data",
        ["decode"] = "HkaFer.Data",
        ["shortest-edge"] = "HkaFer.Data",
        ["preprocess"] = "HkaFer.Data",
    };

    /// <summary>The repository's root: the nearest folder above the test program that holds <c>HkaFer.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of data sets and photos: <c>HKAFER_DATA</c>, else <c>../shared/data</c> from the root. It may be absent.</summary>
    public static string DataFolder { get; } =
        Environment.GetEnvironmentVariable("HKAFER_DATA") is { Length: > 0 } named
            ? Path.GetFullPath(named)
            : Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    /// <summary>Theory data: the folders of all cases of these kinds, or one empty row, which <see cref="Open"/> skips.</summary>
    public static TheoryData<string> Of(params string[] kinds) =>
        Rows(Discover().Where(x => kinds.Contains(x.Kind, StringComparer.Ordinal)), string.Join(", ", kinds));

    /// <summary>Theory data: the folders of all cases, whatever their kind.</summary>
    public static TheoryData<string> All() => Rows(Discover(), "any");

    /// <summary>The owning project of a kind, or null where no project reads it.</summary>
    public static string? Owner(string kind) => Known
        .Where(x => x.Key.EndsWith('*') ? kind.StartsWith(x.Key[..^1], StringComparison.Ordinal) : kind == x.Key)
        .Select(x => x.Value)
        .FirstOrDefault();

    /// <summary>Opens the case of a theory row; skips the test where there is none.</summary>
    public static FixtureCase Open(string row)
    {
        if (row.Length == 0)
        {
            Assert.Skip("no fixture of kind (the one that the row's label names) here; set HKAFER_FIXTURES to a folder that has one");
        }

        return FixtureCase.Open(row);
    }

    /// <summary>The full path of a file or folder below <see cref="DataFolder"/>; skips the test, naming it, where it is absent.</summary>
    public static string RequireData(string name)
    {
        string path = Path.Combine(DataFolder, name);
        if (!Path.Exists(path))
        {
            Assert.Skip($"no data '{name}' here; set HKAFER_DATA to the folder that has it");
        }

        return path;
    }

    /// <summary>The text of a paper in <c>../shared/papers</c>, by the number that its name begins with; skips the test, naming it, where it is absent.</summary>
    public static string RequirePaper(string number)
    {
        string folder = Path.GetFullPath(Path.Combine(Root, "..", "shared", "papers"));
        string? file = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, $"{number}_*.txt").FirstOrDefault() : null;
        if (file is null)
        {
            Assert.Skip($"no paper {number} in {folder}");
        }

        return File.ReadAllText(file);
    }

    /// <summary>All cases: full path, kind and a label that says which case and from where.</summary>
    /// <exception cref="DirectoryNotFoundException">A folder in HKAFER_FIXTURES does not exist.</exception>
    public static IReadOnlyList<(string Folder, string Kind, string Label)> Discover() =>
        Discover(Environment.GetEnvironmentVariable("HKAFER_FIXTURES") ?? "");

    /// <summary>As <see cref="Discover()"/>, with the value of HKAFER_FIXTURES given.</summary>
    public static IReadOnlyList<(string Folder, string Kind, string Label)> Discover(string named)
    {
        // The two own places may be absent; what the user named must exist, or a typing error would pass as success.
        var places = new List<string>();
        places.AddRange(
            new[] { Path.Combine(Root, "..", "shared", "fixtures"), Path.Combine(Root, "tests", "fixtures") }
                .Select(Path.GetFullPath)
                .Where(Directory.Exists));
        foreach (string place in named.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            places.Add(Directory.Exists(place)
                ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(place))
                : throw new DirectoryNotFoundException($"HKAFER_FIXTURES names '{place}', which is not a folder"));
        }

        var cases = new SortedDictionary<string, (string, string, string)>(StringComparer.Ordinal);
        foreach (string place in places)
        {
            bool isCase = File.Exists(Path.Combine(place, "case.json"));
            foreach (string folder in isCase ? [place] : Directory.GetDirectories(place))
            {
                if (File.Exists(Path.Combine(folder, "case.json")))
                {
                    cases[folder] = (folder, KindOf(folder), $"{Path.GetFileName(folder)} in {Path.GetDirectoryName(folder)}");
                }
            }
        }

        return [.. cases.Values];
    }

    static TheoryData<string> Rows(IEnumerable<(string Folder, string Kind, string Label)> cases, string kinds)
    {
        var rows = new TheoryData<string>();
        foreach (var (folder, _, label) in cases)
        {
            rows.Add(new TheoryDataRow<string>(folder) { Label = label });
        }

        if (rows.Count == 0)
        {
            rows.Add(new TheoryDataRow<string>("") { Label = $"no fixture of kind {kinds} here" });
        }

        return rows;
    }

    // One broken case must not take the others down with it: it is listed as a kind that nobody reads.
    static string KindOf(string folder)
    {
        try
        {
            return FixtureCase.Open(folder).Kind;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "unreadable case.json";
        }
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HkaFer.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder with HkaFer.slnx above {AppContext.BaseDirectory}");
    }
}
