using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Cli.Commands;

/// <summary>A published checkpoint into the hub's cache.</summary>
internal sealed class PullCommand : CliCommand
{
    private readonly Argument<string> _id;
    private readonly Option<string?> _revision, _cache;
    private readonly Option<bool> _offline;

    public PullCommand()
        : base("pull", "Fetches a published checkpoint into the Hugging Face hub's cache, where every command finds it by its id.")
    {
        Stops = true;
        Remarks = "Only what is read here: config, safetensors, preprocessing, tokenizer. Every file is checked against the hub's checksum; what is whole is not "
            + "fetched again, and what was interrupted goes on. The environment counts as for the hub's own tools: HF_ENDPOINT (a mirror), HF_HUB_CACHE, HF_HOME, "
            + "HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT, HTTPS_PROXY.";
        _id = Take<string>("ID", "organization/name, as facebook/dinov2-small; with @REVISION where it is not main");
        _id.CompletionSources.Add([.. Hub.Published]);
        _revision = With<string?>("--revision", "R", "a branch, a tag or a commit; main if not given");
        _offline = Flag("--offline", "asks nobody: says where the checkpoint is, or fails");
        _cache = With<string?>("--cache", "DIR", "the cache, where it is not the environment's; other commands look in the environment's");
        Examples.Add(("hkafer pull facebook/dinov2-small", "then: backbone: facebook/dinov2-small in a recipe, or --backbone facebook/dinov2-small"));
        Examples.Add(("hkafer pull openai/clip-vit-base-patch32 --revision refs/pr/1 --json", "another revision, for a script"));
        Examples.Add(("HF_HUB_DISABLE_IMPLICIT_TOKEN=1 HF_ENDPOINT=https://hf-mirror.com hkafer pull facebook/dinov2-base", "from a mirror, which your token is not given to"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string id = args.GetRequiredValue(_id);
        if (args.GetValue(_revision) is { } revision)
        {
            id = id.Contains('@', StringComparison.Ordinal)
                ? throw new UsageException($"{_revision.Name} and '{id}' name a revision each; give one")
                : $"{id}@{revision}";
        }

        HubSnapshot snapshot;
        try
        {
            var line = new PullLine(output);
            snapshot = Hub.Pull(id, HubSettings.FromEnvironment(args.GetValue(_cache), args.GetValue(_offline)), new DirectProgress<HubProgress>(line.Show), cancel);
        }
        catch (OperationCanceledException)
        {
            output.Error("interrupted; what was fetched is kept, and the same command goes on from there");
            return ExitCode.Interrupted;
        }

        long bytes = snapshot.Files.Sum(file => file.Bytes), fetched = snapshot.Files.Where(file => file.Fetched).Sum(file => file.Bytes);
        if (!output.Document(() => new JsonObject
        {
            ["path"] = snapshot.Folder,
            ["id"] = snapshot.Id,
            ["revision"] = snapshot.Revision,
            ["commit"] = snapshot.Commit,
            ["bytes"] = bytes,
            ["fetched_bytes"] = fetched,
            ["files"] = Json.Array(snapshot.Files, file => new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes, ["fetched"] = file.Fetched }),
        }))
        {
            output.Facts(
                ("path", snapshot.Folder), ("id", snapshot.Id), ("commit", snapshot.Commit), ("files", $"{snapshot.Files.Count}"),
                ("size", PullLine.Bytes(bytes)), ("fetched", PullLine.Bytes(fetched)));
        }

        return ExitCode.Done;
    }
}
