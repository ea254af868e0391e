using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>A checkpoint folder with random weights.</summary>
internal sealed class MakeCommand : CliCommand
{
    private readonly Argument<string> _arch, _folder;
    private readonly Option<int?> _seed;
    private readonly Option<string?> _dtype;

    public MakeCommand()
        : base("make", "Writes a checkpoint folder with random weights, to try a size or to measure it without a download.")
    {
        Stops = true;
        Remarks = "The folder is as the hub lays it out and can be named as a recipe's backbone. A CLIP or Qwen-VL is made whole but without its tokenizer: put vocab.json, "
            + "merges.txt and tokenizer_config.json of a published one beside it.";
        _arch = Take<string>("ARCH", $"{string.Join(", ", [.. Architectures.Names, .. Architectures.LanguageNames])}, or a checkpoint folder, config.json or id in the hub's cache whose sizes are taken");
        _arch.CompletionSources.Add([.. Architectures.Names, .. Architectures.LanguageNames]);
        _folder = Take<string>("DIR", "the folder to write; it must not exist, or be empty");
        _seed = Count("--seed", "N", "of the weights; 1 if not given", 0, int.MaxValue);
        _dtype = OneOf("--dtype", "DTYPE", "element type of the file; float32 if not given", [.. DTypeNames.All.Keys]);
        Examples.Add(("hkafer make dinov2-large checkpoints/random-large --dtype bfloat16", "a ViT-L/14 to measure training with"));
        Examples.Add(("hkafer make qwen2-vl-2b checkpoints/random-2b --dtype bfloat16", "a vision-language model, 4.4 GB"));
        Examples.Add(("hkafer make my-config.json tiny --seed 3 --json", "any size"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string folder = args.GetRequiredValue(_folder);
        string arch = args.GetRequiredValue(_arch);
        DType dtype = DTypeNames.All[args.GetValue(_dtype) ?? "float32"];
        ulong seed = (ulong)(args.GetValue(_seed) ?? 1);
        long parameters = Architectures.FindQwen(arch) is { } qwen ? RandomCheckpoint.Write(new QwenVl(qwen), folder, seed, dtype, cancel)
            : Architectures.FindClip(arch) is { } clip ? RandomCheckpoint.Write(new ClipModel(clip), folder, seed, dtype, cancel)
            : RandomCheckpoint.Write(Architectures.Declare(arch), folder, seed, dtype, cancel);
        if (!output.Document(() => new JsonObject { ["written"] = folder, ["parameters"] = parameters }))
        {
            output.Facts(("written", folder), ("parameters", FormattableString.Invariant($"{parameters:N0}")));
        }

        return ExitCode.Done;
    }
}
