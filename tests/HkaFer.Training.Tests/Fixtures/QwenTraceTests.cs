using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>LoRA on the language model of Qwen-VL: an adapter of the PEFT library, its logits, loss and gradients, then six steps of AdamW.</summary>
public sealed class QwenTraceTests
{
    public static TheoryData<string> Cases => Fixtures.Of("qwen2vl", "qwen25vl");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Lora_on_the_language_model_trains_as_the_reference(string path) => Check(path, checkpointing: false);

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Activation_checkpointing_trains_as_the_reference(string path) => Check(path, checkpointing: true);

    private static void Check(string path, bool checkpointing)
    {
        FixtureCase dump = Fixtures.Open(path);
        QwenVl model = QwenVl.Load(Path.Combine(dump.Folder, "checkpoint"));
        model.SetTrainable(false);
        model.Text.ActivationCheckpointing = checkpointing;
        Adapter adapter = AdapterFile.Open(Path.Combine(dump.Folder, "adapter")).AttachTo(model);
        var batch = new QwenCase(dump, model.Config.Vision.Merge);
        JsonElement lora = dump.Expect.GetProperty("lora");
        Assert.Equal("adamw", lora.GetProperty("optimizer").GetString());
        var optimizer = new AdamW(
            [.. adapter.Parameters().Select(p => p.Parameter)], lora.GetProperty("learning_rate").GetDouble(), weightDecay: lora.GetProperty("weight_decay").GetDouble());
        double[] losses = [.. dump.Expect.GetProperty("lora_losses").EnumerateArray().Select(loss => loss.GetDouble())];
        for (int step = 0; step < losses.Length; step++)
        {
            using IDisposable region = Tape.Step();
            Tensor loss = Loss(model, batch);
            Near.Relative([losses[step]], [loss.Item()], dump.Tolerance("loss", 5e-4), $"loss of step {step}");
            loss.Backward();
            if (step == 0)
            {
                dump.Near("lora.logits.0", model.Logits(batch.Ids[0], batch.Images[0]));
                Near.Relative(dump.Tensor("lora.loss").Doubles(), [loss.Item()], dump.Tolerance("loss", 5e-4), "loss");
                dump.NearGradients("lora.grad.", Gradients(adapter));
            }

            optimizer.Step();
            optimizer.ZeroGrad();
        }
    }

    /// <summary>The mean over what is to be learnt in all texts; each token is predicted from those before it.</summary>
    private static Tensor Loss(QwenVl model, QwenCase batch)
    {
        var rows = new List<Tensor>();
        var labels = new List<int>();
        for (int text = 0; text < batch.Ids.Length; text++)
        {
            int[] learnt = [.. Enumerable.Range(1, batch.Ids[text].Length - 1).Where(at => batch.Labels[text][at] >= 0)];
            rows.Add(Ops.Gather(model.Logits(batch.Ids[text], batch.Images[text]), [.. learnt.Select(at => at - 1)]));
            labels.AddRange(learnt.Select(at => batch.Labels[text][at]));
        }

        return Ops.CrossEntropy(Ops.Concat(0, [.. rows]), labels.ToArray());
    }

    private static Dictionary<string, Tensor> Gradients(Adapter adapter) => adapter.Parameters().ToDictionary(
        p => $"base_model.model.{p.Path.Replace("model.layers.", "model.language_model.layers.", StringComparison.Ordinal)}.weight", p => p.Parameter.Value.Grad!);
}
