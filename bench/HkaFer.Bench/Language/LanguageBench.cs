using System.Diagnostics;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Bench;

/// <summary>
/// A Qwen-VL that reads a face and answers, and is trained with LoRA (rank 16): load, prefill, decoding, step (with and without activation checkpointing), peak memory. Before any time counts, a token that is decoded with
/// the cache is compared with the same token of a text that is read at once.
/// </summary>
internal static class LanguageBench
{
    /// <summary>Tokens of prompt and answer as the peers were measured with; 64 of them are visual, of a face of 224 x 224 pixels.</summary>
    private const int Tokens = 285, Visual = 64, Grid = 16;

    /// <summary>Tokens that are decoded one by one, and those of the text that are the answer in a training step.</summary>
    private const int Decoded = 16, Answer = 20;

    /// <summary>Of the largest logit: inputs of a product are rounded to bfloat16 where many tokens are read at once, and not where one is.</summary>
    private const double Tolerance = 0.03;

    /// <summary>Checks, then measures.</summary>
    /// <param name="folder">A checkpoint.</param>
    /// <param name="steps">Repetitions, whose median counts.</param>
    /// <param name="training">Whether to measure a training step too.</param>
    /// <param name="told">Told what is under way.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="HkaFerException">There is no such checkpoint, or it does not fit.</exception>
    public static IReadOnlyList<BenchRow> Run(string folder, int steps, bool training, Action<string> told, CancellationToken cancel)
    {
        var rows = new List<BenchRow>();
        told("loading");
        var watch = Stopwatch.StartNew();
        QwenVl model = QwenVl.Load(folder);
        model.SetTrainable(false);
        double load = watch.Elapsed.TotalSeconds;
        bool agreed = model.Config.Text is { Width: 1536, Depth: 28 };
        int[] ids = Prompt(model.Config);
        QwenImage face = Face(model.Config.Vision);

        told("checking");
        bool good = DecodingAgrees(model, ids, face);
        rows.Add(new BenchRow("load", load, "s", null, good));

        told("prefill");
        var cache = new QwenCache(model.Config.Text, Tokens + (Decoded * (steps + 1)));
        double prefill = Median(steps, () =>
        {
            cache.Rewind(0);
            Read(model, ids, [face], cache);
        }, cancel);
        rows.Add(new BenchRow($"prefill, {Tokens} tokens with an image", prefill, "s", null, good) { Bar = agreed ? Bar.Prefill : null });

        told("decoding");
        double decode = Median(steps, () =>
        {
            for (int i = 0; i < Decoded; i++)
            {
                Read(model, [ids[i]], [], cache);
            }
        }, cancel) / Decoded;
        double bytes = model.Text.Parameters().Sum(p => (double)p.Parameter.Shape.Count * p.Parameter.Value.DType.Size());
        double bandwidth = MemoryBandwidth.Measure();
        rows.Add(new BenchRow("decoding", 1 / decode, "tokens/s", null, good) { Bar = agreed ? Bar.Decoding : null });
        rows.Add(new BenchRow("decoding, weights read", bytes / decode / 1e9, "GB/s", bandwidth / 1e9, good));
        rows.Add(new BenchRow("peak memory of the process, reading and answering", Machine.PeakMemoryBytes(), "bytes", null, good));
        if (training)
        {
            told("training step");
            Adapter adapter = Adapter.Attach(model, new LoRA { Rank = 16 });
            adapter.Initialize(1);
            var optimizer = new AdamW([.. adapter.Parameters().Select(p => p.Parameter)], 1e-4);
            int[] answer = ids[^Answer..], prompt = ids[..^(Answer - 1)];
            void Step()
            {
                using IDisposable one = Tape.Step();
                model.Loss(prompt, answer, [face]).Backward();
                optimizer.Step();
                optimizer.ZeroGrad();
            }

            // First what holds less: the process's high-water mark cannot fall.
            model.Text.ActivationCheckpointing = true;
            string what = $"LoRA r = 16 training step, {Tokens} tokens, {adapter.ParameterCount:N0} weights";
            rows.Add(new BenchRow($"{what}, with activation checkpointing", Median(steps, Step, cancel), "s", null, good) { Bar = agreed ? Bar.LanguageStep : null });
            rows.Add(new BenchRow("peak memory of the process, with activation checkpointing", Machine.PeakMemoryBytes(), "bytes", null, good));
            model.Text.ActivationCheckpointing = false;
            rows.Add(new BenchRow(what, Median(steps, Step, cancel), "s", null, good) { Bar = agreed ? Bar.LanguageStep : null });
        }

        rows.Add(new BenchRow("peak memory of the process", Machine.PeakMemoryBytes(), "bytes", null, good) { Bar = agreed ? Bar.LanguageMemory : null });
        return rows;
    }

    private static bool DecodingAgrees(QwenVl model, int[] ids, QwenImage face)
    {
        var cache = new QwenCache(model.Config.Text, Tokens);
        float[] whole = Read(model, ids, [face], null);
        Read(model, ids[..^1], [face], cache);
        float[] last = Read(model, ids[^1..], [], cache);
        double largest = whole.Max(Math.Abs), difference = whole.Zip(last).Max(pair => Math.Abs((double)pair.First - pair.Second));
        return double.IsFinite(largest) && difference <= Tolerance * largest;
    }

    private static float[] Read(QwenVl model, int[] ids, IReadOnlyList<QwenImage> images, QwenCache? cache)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return model.Logits(ids, images, ids.Length - 1, cache).ToFloats();
    }

    private static int[] Prompt(QwenVlConfig config)
    {
        var rng = new Rng(3);
        int[] ids = [.. Enumerable.Range(0, Tokens).Select(_ => (int)(rng.Uniform() * Math.Min(config.ImageToken, config.Text.Vocabulary) * 0.99))];
        ids.AsSpan(20, Visual).Fill(config.ImageToken);
        return ids;
    }

    private static QwenImage Face(QwenVisionConfig config)
    {
        var rng = new Rng(4);
        int width = config.Channels * config.Frames * config.Patch * config.Patch;
        return QwenImage.From([.. Enumerable.Range(0, Grid * Grid * width).Select(_ => (float)rng.Normal())], Grid, Grid);
    }

    private static double Median(int steps, Action work, CancellationToken cancel)
    {
        work();
        var seconds = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            work();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[steps / 2];
    }
}
