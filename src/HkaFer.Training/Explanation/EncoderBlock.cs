using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>What explanations must know of a block of an image encoder, whatever the family.</summary>
/// <param name="Query">The layer that makes the queries; also keys and values where it is <paramref name="Key"/> too.</param>
/// <param name="Key">The layer that makes the keys.</param>
/// <param name="Value">The layer that makes the values.</param>
/// <param name="Others">The linear layers after the attention, in the order in which they run.</param>
/// <param name="Heads">Attention heads.</param>
internal sealed record EncoderBlock(Linear Query, Linear Key, Linear Value, IReadOnlyList<Linear> Others, int Heads)
{
    /// <summary>The layers that read the normalised tokens: the attention's input.</summary>
    internal IReadOnlyList<Linear> Inputs => [.. new[] { Query, Key, Value }.Distinct()];

    /// <summary>The blocks of an encoder, first to last, and the side of its patches in pixels.</summary>
    /// <exception cref="HkaFerException">The encoder is of a family that is not known here.</exception>
    internal static (IReadOnlyList<EncoderBlock> Blocks, int Patch) Of(ImageEncoder encoder) => encoder switch
    {
        VisionTransformer vit =>
        (
            [.. vit.Blocks.Select(b => new EncoderBlock(b.Attention.Qkv, b.Attention.Qkv, b.Attention.Qkv, [b.Attention.Proj, b.Mlp.In, b.Mlp.Out], vit.Config.Heads))],
            vit.Config.Patch
        ),
        ClipImageEncoder { Vision: var vision } =>
        (
            [.. vision.Blocks.Select(b => new EncoderBlock(b.Attention.Query, b.Attention.Key, b.Attention.Value, [b.Attention.Out, b.Fc1, b.Fc2], vision.Config.Heads))],
            vision.Config.Patch
        ),
        _ => throw new HkaFerException($"explain: a {encoder.GetType().Name} cannot be looked into; expected a vision transformer in the DINOv2 form or CLIP's"),
    };

    /// <summary>The attention of each head to each token, from what the layers have made of one picture.</summary>
    /// <param name="query">Output of <see cref="Query"/>, <c>[1, tokens, d]</c>, or <c>[1, tokens, 3 d]</c> where it makes keys and values too.</param>
    /// <param name="key">Output of <see cref="Key"/>, alike.</param>
    /// <returns><c>[heads, tokens, tokens]</c>; a row sums to one.</returns>
    internal Tensor Attention(Tensor query, Tensor key)
    {
        int width = Query == Key ? query.Shape[2] / 3 : query.Shape[2], dim = width / Heads;
        Tensor q = Split(query, 0), k = Split(key, Query == Key ? width : 0);
        return Ops.Softmax(Ops.Scale(Ops.MatMul(q, k.Transpose(1, 2).Contiguous()), 1 / Math.Sqrt(dim)));

        Tensor Split(Tensor x, int from) => x.Slice(-1, from, width).Contiguous().Reshape(x.Shape[1], Heads, dim).Transpose(0, 1).Contiguous();
    }
}
