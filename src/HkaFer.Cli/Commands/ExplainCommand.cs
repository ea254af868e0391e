using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Where a model looks, and how what it sees lies together.</summary>
internal sealed class ExplainCommand : CliCommand
{
    private const string All = "all";

    /// <summary>Pictures on the sheet that shows all of a call: more would make a file that nothing opens.</summary>
    private const int OnSheet = 40;

    private readonly Argument<string[]> _inputs;
    private readonly Option<string?> _out, _method, _class, _data, _split, _backbone;
    private readonly Option<int?> _block, _size, _limit, _perplexity, _seed;
    private readonly Option<bool> _tsne;

    public ExplainCommand()
        : base("explain", "Shows where on a picture a model looks, what each of its adapters looks at, and which pictures are alike to it.")
    {
        Stops = true;
        Remarks = "Four uses. With pictures: each map over its picture as DIR/NAME.METHOD.png, and all together in DIR/explanations.svg. With --data: one picture a class, in DIR/classes.svg. With --data and "
            + "--tsne: the features of a split as points in a plane, DIR/tsne.svg and DIR/tsne.csv. A run alone: its report gets sections with both, of the split that scored it. "
            + "Methods: gradcam and gradcam++ (what speaks for the class), rollout (what attention passes on), adapters (Grad-CAM++ of what each Kronecker adapter adds), contributions (how much it adds), "
            + "routers (how the router weighs it); all is every one that the model has.";
        _inputs = Take<string[]>("MODEL INPUT", "a run, an adapter or a CLIP checkpoint as it is; then files, folders and patterns such as '*.jpg'", new ArgumentArity(1, 100_000));
        _out = With<string?>("--out", "DIR", "the folder for what is made; what is there under the same name is replaced");
        _out.Aliases.Add("-o");
        _method = OneOf("--method", "METHOD", "what maps show; gradcam if not given, and with --data all", [.. ExplainMethods.Names, All]);
        _class = With<string?>("--class", "NAME", "the class that maps speak of; if not given, the one that the model names");
        _block = Count("--block", "N", "the block that is looked into, from 1; the last if not given", 1, 10_000);
        _size = Count("--size", "N", "longest edge of the drawn pictures in pixels; 224 if not given", 16, 4096);
        _data = With<string?>("--data", "KIND:PATH", "the data, instead of pictures");
        _split = OneOf("--split", "SPLIT", "its split; if not given, test where there is one, else valid, else the whole of data without splits", [.. DataSource.SplitNames]);
        _tsne = Flag("--tsne", "the features of the data in a plane");
        _limit = Count("--limit", "N", "pictures in the plane, drawn at random where there are more; 1000 if not given", Tsne.Fewest, 100_000);
        _perplexity = Count("--perplexity", "N", "how many neighbours a point has, softly; 30 if not given", 1, 10_000);
        _seed = Count("--seed", "N", "of that draw and of random starts; 1 if not given", 0);
        _backbone = With<string?>("--backbone", "DIR", "the backbone (a folder, or an id in the hub's cache), where it is not where the adapter says");
        Examples.Add(("hkafer explain runs/heka-1 photos --out maps --method gradcam++", "what speaks for the expression that the model names, on every picture below a folder"));
        Examples.Add(("hkafer explain runs/heka-1 face.jpg --out maps --method all --class fear", "every map there is, for one class"));
        Examples.Add(("hkafer explain runs/heka-1 --data rafdb:/data/RAF-DB --out figure", "one picture a class, the adapters below each other"));
        Examples.Add(("hkafer explain runs/heka-1 --data ferplus:/data/FERPlus --split valid --tsne --out plane", "t-SNE of 1,000 pictures"));
        Examples.Add(("hkafer explain runs/heka-1", "adds both to the run's report"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string[] inputs = args.GetRequiredValue(_inputs);
        string? data = args.GetValue(_data), folder = args.GetValue(_out);
        Check(args, inputs, data, folder);
        if (AnsweringArgument.Is(inputs[0]))
        {
            throw new HkaFerException($"explain: '{inputs[0]}' is a vision-language model, which is not explained here; name a classifier's run or adapter");
        }

        if (inputs.Length == 1 && data is null)
        {
            return Report(inputs[0], args, output, cancel);
        }

        ImageDataset? split = data is null ? null : Open(data, args, output);
        ExpressionModel model = ModelArgument.Load(inputs[0], args.GetValue(_backbone), null, split?.Classes);
        return split is null ? Pictures(model, inputs[1..], folder!, args, output, cancel)
            : args.GetValue(_tsne) ? Plane(model, split, folder!, args, output, cancel)
            : Classes(model, split, folder!, args, output, cancel);
    }

    private void Check(ParseResult args, string[] inputs, string? data, string? folder)
    {
        bool tsne = args.GetValue(_tsne);
        Option[] ofPictures = [_method, _class, _block], ofData = [_split], ofPlane = [_perplexity, _seed];
        string? wrong = data is not null && inputs.Length > 1 ? "--data stands in the place of pictures; leave one of them out"
            : tsne && data is null ? "--tsne needs --data KIND:PATH"
            : Given(ofData) is { } split && data is null ? $"{split} belongs to --data"
            : Given(ofPlane) is { } plane && !tsne ? $"{plane} belongs to --tsne"
            : Given(ofPictures) is { } maps && tsne ? $"{maps} belongs to maps, and --tsne draws none"
            : Given([_class]) is not null && data is not null ? "--class belongs to pictures; with --data every class is shown"
            : inputs.Length == 1 && data is null && Given([_method, _class, _block, _size, _out, _backbone]) is { } option ? $"{option} belongs to pictures or --data; name some, or the run alone for its report"
            : Given([_limit]) is not null && !tsne && (inputs.Length > 1 || data is not null) ? "--limit belongs to --tsne, or to a run's report"
            : (inputs.Length > 1 || data is not null) && folder is null ? "--out DIR is missing: the folder for what is made"
            : null;
        if (wrong is not null)
        {
            throw new UsageException(wrong);
        }

        // A second run would explain the maps of the first.
        if (folder is not null && inputs.Skip(1).FirstOrDefault(input => Directory.Exists(input) && IsIn(folder, input)) is { } around)
        {
            throw new UsageException($"--out {folder} lies in {around}, whose pictures are read; name a folder elsewhere");
        }

        string? Given(Option[] options) => options.FirstOrDefault(o => args.GetResult(o) is { Implicit: false })?.Name;
        static bool IsIn(string inner, string outer) =>
            (Path.TrimEndingDirectorySeparator(Path.GetFullPath(inner)) + Path.DirectorySeparatorChar).StartsWith(
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(outer)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private int Report(string run, ParseResult args, Output output, CancellationToken cancel)
    {
        if (!RunFolder.IsRun(run))
        {
            // The message says what is wrong with the name where something is.
            ModelArgument.Load(run, null);
            throw new UsageException($"'{run}' is an adapter and has no report; name pictures, or --data KIND:PATH");
        }

        string report = RunExplanation.Write(run, args.GetValue(_limit) ?? RunExplanation.Points, new DirectProgress<string>(text => output.Live(() => text)), cancel);
        if (!output.Document(() => new JsonObject { ["report"] = report, ["explanation"] = new RunFolder(run).Explanation }))
        {
            output.Facts(("report", report));
        }

        return ExitCode.Done;
    }

    private int Pictures(ExpressionModel model, string[] inputs, string folder, ParseResult args, Output output, CancellationToken cancel)
    {
        var explainer = new Explainer(model, args.GetValue(_block));
        string? name = args.GetValue(_class);
        _ = name is null ? 0 : explainer.LabelOf(name);
        IReadOnlyList<ExplainMethod> methods = Methods(args, explainer, "gradcam");
        int size = args.GetValue(_size) ?? 224, done = 0, failed = 0;
        var sheet = new ExplanationSheet(model.Preprocessing);
        var names = new FreshNames();
        var leftOut = new LeftOutFiles();
        var items = new JsonArray();
        foreach ((string path, string? problem) in Inputs.Expand(inputs, leftOut))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                Image photo = problem is null ? Image.Decode(path) : throw new HkaFerException(problem);
                ExplainedPicture picture = ExplainedPicture.Of(explainer, model, path, photo, methods, name);
                IReadOnlyList<(string Title, string File)> written = Save(picture, model, Path.Combine(folder, names.For(path)), methods, size);
                if (sheet.Pictures.Count < OnSheet)
                {
                    sheet.Add(picture);
                }

                items.Add((JsonNode)Entry(picture, written));
                Say(output, picture, written);
            }
            catch (HkaFerException e) when (problem is not null || e is ImageException)
            {
                failed++;
                items.Add((JsonNode)new JsonObject { ["path"] = path, ["error"] = e.Message });
                output.Error($"error: {e.Message}");
            }

            done++;
            output.Live(() => $"{done:N0} done");
        }

        leftOut.Tell(output);
        string? drawing = sheet.Pictures.Count == 0 ? null : Path.Combine(folder, "explanations.svg");
        if (drawing is not null)
        {
            AtomicFile.WriteText(drawing, sheet.SvgOfRows("Pictures and what the model looks at"));
        }

        if (!output.Document(() => new JsonObject { ["sheet"] = drawing, ["layer"] = explainer.AdaptedLayer, ["pictures"] = items }) && drawing is not null)
        {
            output.Message($"together: {drawing}{(done - failed > OnSheet ? $" (the first {OnSheet})" : "")}");
        }

        if (failed > 0)
        {
            output.Error($"error: {failed} of {done} inputs could not be read; each has its error in its place");
        }

        return failed > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Say(Output output, ExplainedPicture picture, IReadOnlyList<(string Title, string File)> written)
    {
        if (!output.IsJson)
        {
            foreach ((string title, string file) in written)
            {
                output.Line($"{picture.Path}\t{picture.Prediction.Label}\t{title}{(picture.Class == picture.Prediction.Label ? "" : $" for {picture.Class}")}\t{file}");
            }
        }
    }

    private static IReadOnlyList<(string Title, string File)> Save(
        ExplainedPicture picture, ExpressionModel model, string stem, IReadOnlyList<ExplainMethod> methods, int size)
    {
        // Of a method with a map an adapter: .adapters-1, .adapters-2.
        string[] names = [.. methods.SelectMany(m => m.NeedsAdapters()
            ? Enumerable.Range(1, (picture.Maps.Count - methods.Count(o => !o.NeedsAdapters())) / methods.Count(o => o.NeedsAdapters())).Select(i => $"{m.Name()}-{i}")
            : [m.Name()])];
        var written = new List<(string, string)>();
        foreach ((int i, string name) in names.Index())
        {
            string file = $"{stem}.{name}.png";
            Overlay.Draw(picture.Photo, picture.Maps[i].Map, model.Preprocessing, size).SavePng(file);
            written.Add((picture.Maps[i].Title, file));
        }

        return written;
    }

    private static JsonObject Entry(ExplainedPicture picture, IReadOnlyList<(string Title, string File)> written) => new()
    {
        ["path"] = picture.Path,
        ["label"] = picture.Prediction.Label,
        ["confidence"] = picture.Prediction.Confidence,
        ["class"] = picture.Class,
        ["maps"] = new JsonArray([.. picture.Maps.Select((m, i) => (JsonNode)new JsonObject
        {
            ["title"] = m.Title,
            ["low"] = m.Low,
            ["high"] = m.High,
            ["written"] = written.Count > i ? written[i].File : null,
            ["rows"] = m.Map.Rows,
            ["columns"] = m.Map.Columns,
            ["values"] = new JsonArray([.. m.Map.Values.Select(v => (JsonNode)v)]),
        })]),
    };

    private int Classes(ExpressionModel model, ImageDataset data, string folder, ParseResult args, Output output, CancellationToken cancel)
    {
        int? block = args.GetValue(_block);
        var explainer = new Explainer(model, block);
        var sheet = ExplanationSheet.OfClasses(model, data, Methods(args, explainer, All), block, cancel);
        string file = Path.Combine(folder, "classes.svg");
        AtomicFile.WriteText(file, sheet.Svg($"One picture a class of {data.Kind}, {data.Split}, and what the model looks at"));
        if (!output.Document(() => new JsonObject
        {
            ["sheet"] = file,
            ["layer"] = explainer.AdaptedLayer,
            ["split"] = data.Split,
            ["pictures"] = new JsonArray([.. sheet.Pictures.Select(p => (JsonNode)Entry(p, []))]),
        }))
        {
            output.Facts(("sheet", file), ("layer", explainer.AdaptedLayer ?? "no Kronecker adapters"), ("split", data.Split));
        }

        return ExitCode.Done;
    }

    private int Plane(ExpressionModel model, ImageDataset data, string folder, ParseResult args, Output output, CancellationToken cancel)
    {
        ulong seed = (ulong)(args.GetValue(_seed) ?? 1);
        int limit = args.GetValue(_limit) ?? RunExplanation.Points, count = Math.Min(limit, data.Count);
        SplitFeatures features = SplitFeatures.Of(
            model, data, limit, seed, progress: new DirectProgress<int>(done => output.Live(() => $"{done:N0} of {count:N0} pictures")), cancel: cancel);
        var settings = new TsneSettings { Seed = seed, Perplexity = args.GetValue(_perplexity) ?? 30 };
        var plot = TsnePlot.Of(features, settings, new DirectProgress<int>(step => output.Live(() => $"t-SNE, step {step:N0}")), cancel);
        string drawing = Path.Combine(folder, "tsne.svg"), table = Path.Combine(folder, "tsne.csv");
        AtomicFile.WriteText(table, plot.Csv(i => data[i].Path));
        AtomicFile.WriteText(drawing, plot.Svg($"t-SNE of {features.Count} pictures of {data.Kind}, {data.Split}"));
        if (!output.Document(() => new JsonObject
        {
            ["written"] = drawing,
            ["points"] = table,
            ["count"] = features.Count,
            ["of"] = data.Count,
            ["split"] = data.Split,
            ["exact"] = plot.Points.Exact,
            ["divergence"] = plot.Points.Divergence,
            ["trustworthiness"] = plot.Trustworthiness,
            ["same_class"] = plot.SameClass,
        }))
        {
            output.Facts(("written", drawing), ("points", table), ("count", $"{features.Count}"), ("divergence", $"{plot.Points.Divergence:F4}"),
                ("trustworthiness", $"{plot.Trustworthiness:F4}"), ("same class among ten nearest", $"{100 * plot.SameClass:F1} %"));
        }

        return ExitCode.Done;
    }

    private IReadOnlyList<ExplainMethod> Methods(ParseResult args, Explainer explainer, string usual) => (args.GetValue(_method) ?? usual) is var name && name == All
        ? [.. Enum.GetValues<ExplainMethod>().Where(m => explainer.AdaptedLayer is not null || !m.NeedsAdapters())]
        : [ExplainMethods.Parse(name)];

    private ImageDataset Open(string name, ParseResult args, Output output)
    {
        ImageDataset data = EvalCommand.Open(DataSource.Parse(name), args.GetValue(_split), Name);
        foreach (string note in data.Notes)
        {
            output.Message(note);
        }

        return data;
    }

    /// <summary>Names of files for pictures whose own names may be the same.</summary>
    private sealed class FreshNames
    {
        private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

        internal string For(string path)
        {
            string name = Path.GetFileNameWithoutExtension(path), fresh = name;
            for (int i = 2; !_taken.Add(fresh); i++)
            {
                fresh = $"{name}-{i}";
            }

            return fresh;
        }
    }
}
