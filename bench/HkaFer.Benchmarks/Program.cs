using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using HkaFer.Benchmarks;

// In this process: a generated project would know nothing of the packages that are pinned here.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(10))
    .AddColumn(new RateColumn("GFLOP/s", work => work.Flops), new RateColumn("GB/s", work => work.Bytes), new CeilingColumn())
    .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60))
    .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"))
    .HideColumns(Column.Job, Column.Toolchain, Column.WarmupCount, Column.IterationCount, Column.Error, Column.RatioSD);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
