using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using HkaFer.Cli.Commands;

namespace HkaFer.Cli.Tests;

/// <summary>
/// Every command as a script uses it. The commands are those that the program has: one without a row fails <see cref="Every_command_has_a_row"/>.
/// </summary>
public sealed class ScriptTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    /// <summary>How a command succeeds and how it fails on what it was given; <c>{name}</c> is a path in the folder of <see cref="TinyModel"/>.</summary>
    /// <param name="Works">Arguments, or none where success takes minutes and has tests of its own.</param>
    /// <param name="Fails">Arguments, or none where nothing that is given can be wrong.</param>
    /// <param name="Names">What the failure's message names.</param>
    /// <param name="Remedy">What it says to do.</param>
    private sealed record Row(string[]? Works, string[]? Fails = null, string Names = "", string Remedy = "");

    private static readonly Dictionary<string, Row> s_rows = new(StringComparer.Ordinal)
    {
        ["quickstart"] = new(null, ["--out", "{earlier}"], "{earlier}", "an empty folder with --out"),
        ["train"] = new(["{small recipe.yaml}", "--out", "{fresh}", "--set", "training.epochs=1"], ["{no ü.yaml}"], "{no ü.yaml}", "name a YAML file, or a recipe that came with the program; known: cer-base"),
        ["experiment"] = new(
            ["table5", "--data", "faces:?count=14&size=48", "--backbone", "{backbone}", "--epochs", "1", "--seeds", "1", "--out", "{fresh}"],
            ["table5", "--data", "folder:{no ü}", "--backbone", "{backbone}", "--out", "{fresh}"], "{no ü}", "check"),
        ["pretrain"] = new(["{pretrain recipe.yaml}", "--out", "{fresh}"], ["{no ü.yaml}"], "{no ü.yaml}", "name a YAML file, or a recipe that came with the program; known: cer-base"),
        ["predict"] = new(["{adapter}", "{photos}"], ["{adapter}", "{no ü.png}", "{photos/a.png}"], "{no ü.png}", "its error in its place"),
        ["eval"] = new(
            ["{adapter}", "--data", "faces:?count=7&size=48", "--split", "valid"], ["{adapter}", "--data", "folder:{no ü}"], "{no ü}", "check"),
        ["params"] = new(["{backbone}"], ["{no ü}"], "{no ü}", "known: dinov2-small"),
        ["data verify"] = new(["faces", "?count=7&size=48"], ["folder", "{no ü}"], "{no ü}", "check"),
        ["data save"] = new(["faces:?count=7&size=48", "{fresh}"], ["folder:{no ü}", "{fresh}"], "{no ü}", "check"),
        ["inspect"] = new(["{adapter}"], ["{no ü}"], "{no ü}", "check the path"),
        ["convert"] = new(["{adapter}", "{fresh}"], ["{no ü}", "{fresh}"], "{no ü}", "name a checkpoint folder"),
        ["pull"] = new(["org/tiny", "--offline", "--cache", "{hub}"], ["org/absent", "--offline", "--cache", "{hub}"], "org/absent", "without --offline"),
        ["make"] = new(["{backbone}", "{fresh}"], ["{no ü}", "{fresh}"], "{no ü}", "known: dinov2-small"),
        ["embed"] = new(
            ["{backbone}", "{photos}", "--out", "{features.npy}"], ["{backbone}", "{no ü.png}", "--out", "{none.npy}"], "{no ü.png}", "for the reasons above"),
        ["explain"] = new(["{adapter}", "{photos}", "--out", "{fresh}"], ["{adapter}", "{no ü.png}", "--out", "{fresh}"], "{no ü.png}", "its error in its place"),
        ["runs list"] = new(["{two runs}"], ["{no ü}"], "{no ü}", "name the one that holds the runs"),
        ["runs compare"] = new(["{two runs/a}", "{two runs/b}", "--out", "{fresh}"], ["{no ü}", "{no ü}"], "{no ü}", "name the folder of one"),
        ["runs clean"] = new(["{two runs}"], ["{no ü}"], "{no ü}", "name"),
        ["runs report"] = new(["{two runs/a}"], ["{no ü}"], "{no ü}", "name the folder of one"),
        ["doctor"] = new([]),
        ["bench"] = new(["step", "--arch", "{backbone}", "--size", "32", "--steps", "1"], ["step", "--arch", "{no ü}"], "{no ü}", "known: dinov2-small"),
        ["completion"] = new(["bash"]),
        ["__complete"] = new(["10", "hkafer par"]),
    };

    public static TheoryData<string> Commands => [.. Leaves(new HkaFerCommand()).Select(Name)];

    public static TheoryData<string> All => ["", .. Below(new HkaFerCommand()).Select(Name)];

    [Fact]
    public void Every_command_has_a_row() => Assert.Empty(Leaves(new HkaFerCommand()).Select(Name).Except(s_rows.Keys));

    [Theory]
    [MemberData(nameof(All))]
    public void Help_is_text_or_one_document_and_exits_with_0(string command)
    {
        string text = Hka.Run([.. Words(command), "--help"]).Succeeds().Out;
        Assert.Contains("examples:", text);
        Assert.Equal(text, Hka.Run([.. Words(command), "--help", "--json"]).Succeeds().Json.GetProperty("help").GetString());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Unknown_option_exits_with_2_and_the_nearest_name(string command)
    {
        Hka.Outcome outcome = Hka.Run([.. Words(command), "--jsno"]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("did you mean '--json'?", outcome.Error);
        Assert.Empty(outcome.Out);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Json_is_one_document_and_quiet_is_silent(string command)
    {
        Assert.SkipUnless(s_rows[command].Works is not null, "takes minutes; has tests of its own");
        Hka.Outcome outcome = Hka.Run([.. Words(command), .. Filled(s_rows[command].Works!), "--json", "--quiet"]).Succeeds();
        Assert.Contains(outcome.Json.ValueKind, (JsonValueKind[])[JsonValueKind.Object, JsonValueKind.Array]);
        Assert.DoesNotContain("NaN", outcome.Out);
        Assert.Empty(outcome.Error);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Text_is_for_people_and_never_has_NaN(string command)
    {
        Assert.SkipUnless(s_rows[command].Works is not null, "takes minutes; has tests of its own");
        string text = Hka.Run([.. Words(command), .. Filled(s_rows[command].Works!)]).Succeeds().Out;
        Assert.NotEmpty(text);
        Assert.DoesNotContain("NaN", text);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Failure_exits_with_1_names_what_and_remedy_and_leaves_no_half_document(string command)
    {
        (_, string[]? fails, string names, string remedy) = s_rows[command];
        Assert.SkipUnless(fails is not null, "nothing that it is given can be missing");
        Directory.CreateDirectory(tiny.At("earlier/heka"));
        File.WriteAllText(tiny.At("earlier/heka/run.json"), "{}");
        Hka.Outcome outcome = Hka.Run([.. Words(command), .. Filled(fails!), "--json", "--quiet"]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains(Filled([names])[0], outcome.Error + outcome.Out);
        Assert.Contains(remedy, outcome.Error);
        Assert.True(outcome.Out.Length == 0 || outcome.Json.ValueKind is JsonValueKind.Object or JsonValueKind.Array);
        Assert.DoesNotContain("   at ", outcome.Error);
    }

    [Theory]
    [InlineData("params", "dinov2-large")]
    [InlineData("predict", "{adapter}", "{photos}", "--json", "--quiet")]
    public async Task Reader_that_leaves_after_a_line_is_no_crash(params string[] args)
    {
        using Process process = Hka.Start(Filled(args));
        await process.StandardOutput.ReadLineAsync();
        process.StandardOutput.Close();
        string messages = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(messages);
    }

    private string[] Filled(string[] args)
    {
        foreach (string run in (string[])["two runs/a", "two runs/b"])
        {
            if (args.Any(arg => arg.StartsWith("{two runs", StringComparison.Ordinal)) && !Directory.Exists(tiny.At(run)))
            {
                Hka.Run("train", tiny.Recipe, "--out", tiny.At(run), "--set", "training.epochs=1", "--quiet").Succeeds();
            }
        }

        if (args.Contains("{hub}") && !Directory.Exists(tiny.At("hub")))
        {
            string model = tiny.At("hub/models--org--tiny"), commit = new('a', 40);
            Directory.CreateDirectory($"{model}/refs");
            Directory.CreateDirectory($"{model}/snapshots");
            File.WriteAllText($"{model}/refs/main", commit);
            Directory.CreateSymbolicLink($"{model}/snapshots/{commit}", tiny.Backbone);
        }

        return [.. args.Select(Path)];
    }

    private string Path(string arg) => arg.IndexOf('{') is >= 0 and int open
        ? arg[..open] + tiny.At(arg[(open + 1)..^1] is "fresh" ? $"fresh {Guid.NewGuid():N}" : arg[(open + 1)..^1])
        : arg;

    private static string Name(Command command) => HelpText.Path(command)["hkafer ".Length..];

    private static string[] Words(string command) => command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(c => Below(c).Prepend(c));

    private static IEnumerable<Command> Leaves(Command command) => Below(command).Where(c => c.Subcommands.Count == 0);
}
