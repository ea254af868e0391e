using System.CommandLine;
using HkaFer.Adapters;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Counts trainable parameters, without weights.</summary>
internal sealed class ParamsCommand : CliCommand
{
    private readonly Argument<string> _arch;
    private readonly Option<string?> _method, _router;
    private readonly Option<int?> _adapters, _rank, _labels;

    public ParamsCommand()
        : base("params", "Counts what a method trains of an architecture, exactly and without weights.")
    {
        Remarks = "Without --method: the methods of the paper side by side. `adapter` counts adapters and routers.";
        _arch = Take<string>("ARCH", $"{string.Join(", ", Architectures.Names)}, a checkpoint folder, the name of a backbone in the box, or an id in the hub's cache");
        _arch.CompletionSources.Add([.. Architectures.Names]);
        _method = OneOf("--method", "METHOD", "what is trained", ["full", "linear", "lora", "dora", "lokr", "krona", "hoka", "heka", .. AdapterRegistry.Added.Select(create => create().Method)]);
        _router = OneOf("--router", "ROUTER", "how heka and hoka weigh their adapters", "sum", "sb", "rb", "dbir");
        _adapters = Count("--adapters", "N", "adapters a layer of heka and hoka; 4 if not given", 1, 1024);
        _rank = Count("--rank", "R", "rank of lora and dora (32 if not given), lokr (8)", 1, 1 << 16);
        _labels = Count("--labels", "K", "classes of the head; 7 if not given", 2);
        Examples.Add(("hkafer params dinov2-large", "the whole table"));
        Examples.Add(("hkafer params dinov2-small --method heka --router sum --adapters 9 --json", "one row, for a script"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string? method = args.GetValue(_method);
        CheckOptions(args, method);
        string arch = args.GetRequiredValue(_arch);
        int labels = args.GetValue(_labels) ?? 7;
        IEnumerable<(string Method, AdapterConfig? Config)> methods = method is null ? Paper : [(method, Config(args, method))];
        ParameterRow[] rows = [.. methods.Select(m => ParameterRow.Count(arch, labels, m.Method, m.Config))];
        if (!output.Document(() => Json.Array(rows, row => row.ToJson())))
        {
            var table = new Table("method", "router", ">adapters", ">rank", ">adapter", ">head", ">trainable", ">total", ">%");
            foreach (ParameterRow row in rows)
            {
                table.Add(row.Cells());
            }

            output.Table(table);
        }

        return ExitCode.Done;
    }

    private static IEnumerable<(string, AdapterConfig?)> Paper =>
    [
        ("full", null),
        ("linear", null),
        ("lora", new LoRA()),
        ("hoka", new HoKA { Router = Tensors.Router.DualBranch }),
        ("heka", new HeKA { Router = Tensors.Router.Sum }),
        ("heka", new HeKA { Router = Tensors.Router.SpatialBranch }),
        ("heka", new HeKA { Router = Tensors.Router.RelationBranch }),
        ("heka", new HeKA { Router = Tensors.Router.DualBranch }),
        .. ((int[])[1, 2, 9]).Select(n => ("heka", (AdapterConfig?)new HeKA { Adapters = n })),
    ];

    private AdapterConfig? Config(ParseResult args, string method)
    {
        Tensors.Router? router = args.GetValue(_router) is { } name ? Routers.Parse(name, "params") : null;
        int adapters = args.GetValue(_adapters) ?? 4;
        return method switch
        {
            "lora" => new LoRA { Rank = args.GetValue(_rank) ?? 32 },
            "dora" => new DoRA { Rank = args.GetValue(_rank) ?? 32 },
            "lokr" => new LoKr { Rank = args.GetValue(_rank) ?? 8 },
            "krona" => MethodSettings.KronA.Adapter,
            "hoka" => new HoKA { Adapters = adapters, Router = router },
            "heka" => new HeKA { Adapters = adapters, Router = router },
            _ => AdapterRegistry.Added.Select(create => create()).FirstOrDefault(config => config.Method == method),
        };
    }

    private void CheckOptions(ParseResult args, string? method)
    {
        (Option, string[])[] owners = [(_router, ["heka", "hoka"]), (_adapters, ["heka", "hoka"]), (_rank, ["lora", "dora", "lokr"])];
        foreach ((Option option, string[] methods) in owners)
        {
            if (args.GetResult(option) is { Implicit: false } && !methods.Contains(method, StringComparer.Ordinal))
            {
                throw new UsageException($"{option.Name} belongs to --method {string.Join(" or ", methods)}");
            }
        }
    }
}
