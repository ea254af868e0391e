using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

/// <summary>Adapters beside a last block that computes some tokens only: the same logits and gradients as beside one that computes all.</summary>
public sealed class LastBlockTests
{
    /// <summary>50 tokens.</summary>
    private const int Side = 14;

    public static TheoryData<string> Kinds() => All();

    [Theory, MemberData(nameof(Kinds))]
    public void Adapter_on_a_vit_has_the_gradients_that_it_has_among_all_tokens(string kind)
    {
        var model = new Classifier(TinyModels.Vit(1, Config with { ImageSize = Side }), Labels);
        model.Initialize(1);
        Check(model, Trained(model, kind), Side);
    }

    [Theory]
    [InlineData("lora", "q_proj", "out_proj", "fc2")]
    [InlineData("heka sb", "q_proj", "fc1")]
    [InlineData("heka rb", "v_proj", "out_proj")]
    public void Adapter_on_clip_has_the_gradients_that_it_has_among_all_tokens(string kind, params string[] targets)
    {
        var config = new ClipVisionConfig { Width = 32, Depth = 2, Heads = 2, MlpWidth = 64, Patch = 2, ImageSize = Side };
        var model = new Classifier(new ClipImageEncoder(config, 16), Labels);
        Adapter adapter = model.Adapt(Of(kind) with { Targets = targets });
        model.Initialize(1);
        adapter.Initialize(5);
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Normal(0.1).Draw(parameter.Shape, 3, path);
        }

        Check(model, adapter, Side);
    }

    private static void Check(Classifier model, Adapter adapter, int side)
    {
        (float[] logits, Dictionary<string, float[]> gradients) all = Run(alone: false), some = Run(alone: true);
        Near.Relative(all.logits, some.logits, 1e-5, "logits");
        Assert.Equal(all.gradients.Keys, some.gradients.Keys);
        Assert.Equal(adapter.Parameters().Count(p => p.Parameter.Trainable), all.gradients.Count);
        Assert.All(all.gradients, pair => Near.Relative(pair.Value, some.gradients[pair.Key], 1e-4, pair.Key, floor: 1e-3));

        (float[], Dictionary<string, float[]>) Run(bool alone)
        {
            using IDisposable step = Tape.Step();
            Tensor tokens = model.Backbone.Encode(TinyModels.Pixels(2, side, side), alone), logits = model.Classify(tokens);
            Assert.Equal(alone ? 1 : 50, tokens.Shape[1]);
            Ops.CrossEntropy(logits, [0, 2]).Backward();
            Dictionary<string, float[]> found =
                adapter.Parameters().Where(p => p.Parameter.Value.Grad is not null).ToDictionary(p => p.Path, p => p.Parameter.Value.Grad!.ToFloats());
            foreach ((_, Parameter parameter) in adapter.Parameters().Concat(model.Parameters()))
            {
                parameter.Value.ZeroGrad();
            }

            return (logits.ToFloats(), found);
        }
    }
}
