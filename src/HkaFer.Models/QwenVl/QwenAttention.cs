using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Causal attention of the language model: several heads of queries read one head of keys and values.</summary>
public sealed class QwenAttention : Module
{
    private readonly QwenTextConfig _config;

    /// <summary>Declares the layers.</summary>
    public QwenAttention(QwenTextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        int queries = config.Heads * config.HeadWidth, keys = config.KeyHeads * config.HeadWidth;
        Query = Child("q_proj", new Linear(config.Width, queries));
        Key = Child("k_proj", new Linear(config.Width, keys));
        Value = Child("v_proj", new Linear(config.Width, keys));
        Out = Child("o_proj", new Linear(queries, config.Width, bias: false));
    }

    /// <summary>Queries.</summary>
    public Linear Query { get; }

    /// <summary>Keys.</summary>
    public Linear Key { get; }

    /// <summary>Values.</summary>
    public Linear Value { get; }

    /// <summary>After the heads are joined.</summary>
    public Linear Out { get; }

    /// <summary>[tokens, width]; with a cache the tokens follow those that it holds, and are added to it.</summary>
    internal Tensor Forward(Tensor x, QwenAngles angles, QwenCache? cache, int layer)
    {
        Tensor q = angles.Turn(Query.Forward(x), _config.Heads), k = angles.Turn(Key.Forward(x), _config.KeyHeads), v = Value.Forward(x);
        if (cache is not null)
        {
            (k, v) = cache.Append(layer, k, v);
        }

        return Out.Forward(Ops.SequenceAttention(q, k, v, _config.Heads, _config.KeyHeads, 1 / Math.Sqrt(_config.HeadWidth), causal: true));
    }
}
