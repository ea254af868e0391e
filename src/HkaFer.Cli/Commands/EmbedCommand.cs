using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Features of pictures, for other programs.</summary>
internal sealed class EmbedCommand : CliCommand
{
    private readonly Argument<string[]> _inputs;
    private readonly Option<string> _out;
    private readonly Option<string?> _tokens, _backbone;
    private readonly Option<int?> _batch;

    public EmbedCommand()
        : base("embed", "Writes the features of pictures: the backbone's tokens after its last norm, with a run's or an adapter's changes where one is named.")
    {
        Stops = true;
        Remarks = "The file holds float32 [pictures, width], or [pictures, tokens, width] with --tokens patches or all. FILE.csv beside it says which row is "
            + "which picture, in the order of the inputs. A picture that cannot be read has no row, its error stands in that table and on standard error, "
            + "the others are still done, and the exit code is 1.";
        _inputs = Take<string[]>("MODEL INPUT",
            "a run, an adapter, a checkpoint folder, a backbone in the box or an id in the hub's cache; then files, folders and patterns such as '*.jpg'", new ArgumentArity(2, 100_000));
        _out = With<string>("--out", "FILE", "the file to write, replaced where it exists: .safetensors (tensor features) or .npy");
        _out.Required = true;
        _out.Aliases.Add("-o");
        _tokens = OneOf("--tokens", "TOKENS", "which tokens; class if not given", "class", "mean", "patches", "all");
        _backbone = With<string?>("--backbone", "DIR", "the backbone (a folder, or an id in the hub's cache), where it is not where the adapter says");
        _batch = Count("--batch", "N", "pictures computed at a time; 16 if not given", 1, 4096);
        Examples.Add(("hkafer embed faces-vit photos --out features.npy", "the class token of every picture below a folder"));
        Examples.Add(("hkafer embed runs/heka-1 'new/*.jpg' --tokens patches --out patches.safetensors --json", "with the adapter, one vector a patch"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string[] inputs = args.GetRequiredValue(_inputs);
        string file = args.GetRequiredValue(_out);
        if (!FeatureFile.IsKnown(file))
        {
            throw new UsageException($"--out is '{file}'; expected a name that ends in .safetensors or .npy");
        }

        FeatureExtractor extractor = Load(inputs[0], args, out IReadOnlyList<string> leftOver);
        output.LeftOut(leftOver);
        var predictor = new Predictor<float[]>(extractor.Preprocessing, args.GetValue(_batch) ?? 16, (pixels, count) => extractor.Extract(pixels, count));
        var leftOut = new LeftOutFiles();
        int done = 0, failed = 0;
        int count = FeatureFile.Write(file, extractor.Width, extractor.HasTokens, predictor.Run(Inputs.Expand(inputs.Skip(1), leftOut), cancel).Select(item =>
        {
            if (item.Problem is { } problem)
            {
                failed++;
                output.ClearLive();
                output.Error($"error: {item.Path}: {problem}");
            }

            done++;
            output.Live(() => $"{done:N0} done");
            return (item.Path, item.Answer, item.Problem);
        }));
        leftOut.Tell(output);
        output.ClearLive();
        if (!output.Document(() => new JsonObject
        {
            ["written"] = file,
            ["rows"] = FeatureFile.TableOf(file),
            ["count"] = count,
            ["width"] = extractor.Width,
            ["failed"] = failed,
            ["unused_tensors"] = Json.Strings(leftOver),
        }))
        {
            output.Facts(("written", file), ("rows", FeatureFile.TableOf(file)), ("count", $"{count}"), ("width", $"{extractor.Width}"), ("failed", $"{failed}"));
        }

        if (failed > 0)
        {
            output.Error($"error: {failed} of {done} inputs could not be read; {FeatureFile.TableOf(file)} names them");
        }

        return failed > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private FeatureExtractor Load(string name, ParseResult args, out IReadOnlyList<string> leftOver)
    {
        FeatureKind kind = Enum.Parse<FeatureKind>(args.GetValue(_tokens) ?? "class", ignoreCase: true);
        string? backbone = args.GetValue(_backbone);
        if (ExpressionModel.IsModel(name))
        {
            ExpressionModel model = ExpressionModel.Load(name, backbone);
            leftOver = model.LeftOver;
            return new FeatureExtractor(model.Classifier.Backbone, model.Preprocessing, kind);
        }

        FeatureExtractor extractor = backbone is null
            ? FeatureExtractor.OfBackbone(name, kind)
            : throw new UsageException($"--backbone belongs to a run or an adapter, and '{name}' is neither");
        leftOver = extractor.LeftOver;
        return extractor;
    }
}
