using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// Keys and values of the tokens that a model has read, so that the next ones cost their own work only. One for each text that is being written;
/// <see cref="Rewind"/> goes back to where several texts part.
/// </summary>
public sealed class QwenCache
{
    private readonly Tensor[] _keys, _values;

    /// <param name="config">The language model's sizes.</param>
    /// <param name="capacity">Most tokens of prompt and answer.</param>
    /// <exception cref="HkaFerException">The capacity is none, or more than the model's context.</exception>
    public QwenCache(QwenTextConfig config, int capacity)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (capacity < 1 || capacity > config.Context)
        {
            throw new HkaFerException($"qwen-vl: {capacity:N0} tokens of prompt and answer do not fit; the model's context is {config.Context:N0} tokens; ask for a shorter answer or give fewer or smaller images");
        }

        Capacity = capacity;
        Shape shape = [capacity, config.KeyHeads * config.HeadWidth];
        _keys = [.. Enumerable.Range(0, config.Depth).Select(_ => Tensor.Empty(shape).Keep())];
        _values = [.. Enumerable.Range(0, config.Depth).Select(_ => Tensor.Empty(shape).Keep())];
    }

    /// <summary>Most tokens.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that are held.</summary>
    public int Length { get; private set; }

    /// <summary>What the next token's position is beyond its place in the text: negative after an image, whose tokens share positions.</summary>
    internal int Delta { get; set; }

    /// <summary>Forgets the tokens from a place on.</summary>
    /// <param name="length">Tokens to keep; at least the whole prompt with its images.</param>
    public void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Adds a layer's keys and values of the next tokens and gives all of that layer's.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        int count = keys.Shape[0];
        _keys[layer].Slice(0, Length, count).CopyFrom(keys);
        _values[layer].Slice(0, Length, count).CopyFrom(values);
        return (_keys[layer].Slice(0, 0, Length + count), _values[layer].Slice(0, 0, Length + count));
    }

    /// <summary>After all layers have added theirs.</summary>
    internal void Advance(int count) => Length += count;
}
