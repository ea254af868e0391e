using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// A masked auto-encoder (He et al. 2022): a vision transformer that sees a few patches of a picture, and a small decoder that tells from its tokens what the
/// others look like. It learns without labels; only the encoder is kept.
/// </summary>
public sealed class MaskedAutoencoder : Module
{
    /// <summary>Added to the variance of a patch; that of the published code.</summary>
    private const double Epsilon = 1e-6;

    private readonly VitConfig _c;
    private readonly int _width;
    private readonly Tensor _positions;
    private readonly Tensor _minusNormal;

    /// <summary>Declares the decoder.</summary>
    /// <param name="encoder">What is to learn. Where it has no values yet its positions begin as sines and cosines, as published; <see cref="Module.Initialize"/> draws the others.</param>
    /// <param name="decoder">Sizes.</param>
    /// <exception cref="HkaFerException">The sizes do not fit each other.</exception>
    public MaskedAutoencoder(VisionTransformer encoder, DecoderConfig decoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        (_c, _width) = (encoder.Config, decoder.Width);
        VitConfig blocks = _c with { Width = _width, Depth = decoder.Depth, Heads = decoder.Heads, SwiGlu = false, MlpRatio = 4, LayerScale = 1 };
        blocks.Check("decoder");
        Encoder = Child("encoder", encoder);
        Embed = Child("decoder_embed", new Linear(_c.Width, _width));
        MaskToken = Declare("mask_token", [1, _width], Init.TruncatedNormal(0.02));
        Blocks = Children("decoder_blocks", decoder.Depth, _ => new Block(blocks));
        Norm = Child("decoder_norm", new LayerNorm(_width, _c.NormEpsilon));
        Predictor = Child("decoder_pred", new Linear(_width, PatchValues));
        _positions = SineCosinePositions.Of(_c.Grid, _c.Grid, _width);

        // PyTorch's variance is over n - 1, a layer norm's over n; the sign makes a difference of a sum.
        _minusNormal = Tensor.Full([PatchValues], -Math.Sqrt((PatchValues - 1.0) / PatchValues)).Keep();
        if (!encoder.Embeddings.Positions.IsReady)
        {
            encoder.Embeddings.Positions.Value = SineCosinePositions.Of(_c.Grid, _c.Grid, _c.Width);
        }
    }

    /// <summary>The vision transformer.</summary>
    public VisionTransformer Encoder { get; }

    /// <summary>The encoder's width to the decoder's.</summary>
    public Linear Embed { get; }

    /// <summary><c>[1, width]</c>: stands for every patch that is hidden.</summary>
    public Parameter MaskToken { get; }

    /// <summary>The decoder's blocks.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>After the last block.</summary>
    public LayerNorm Norm { get; }

    /// <summary>Tokens to the values of a patch.</summary>
    public Linear Predictor { get; }

    /// <summary>Patches of a picture.</summary>
    public int Patches => _c.Grid * _c.Grid;

    /// <summary>Values of a patch: channels * patch * patch.</summary>
    public int PatchValues => _c.Channels * _c.Patch * _c.Patch;

    /// <summary>Mean squared error of the hidden patches, each normalised by its own mean and deviation.</summary>
    /// <param name="pixels"><c>[batch, channels, side, side]</c>, normalised, of the side that the encoder's positions are stored for.</param>
    /// <param name="mask">What is hidden.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(Tensor pixels, PatchMask mask)
    {
        Tensor difference = Ops.Add(Predict(pixels, mask), MinusTargets(pixels, mask));
        return Ops.Scale(Ops.Sum(Ops.SumRows(Ops.Multiply(difference, difference))), 1.0 / difference.Count);
    }

    /// <summary>What the hidden patches look like, normalised by their own mean and deviation.</summary>
    /// <param name="pixels">As <see cref="Loss"/> takes them; what is hidden of them is not looked at.</param>
    /// <param name="mask">What is hidden.</param>
    /// <returns><c>[batch * hidden, channels * patch * patch]</c>, picture by picture, patches in the order of the picture, values in that of the patch embedding's weights.</returns>
    public Tensor Predict(Tensor pixels, PatchMask mask)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(mask);
        if (pixels.Shape is not { Rank: 4 } shape || shape[2] != _c.Grid * _c.Patch || shape[3] != _c.Grid * _c.Patch)
        {
            throw new HkaFerException($"masked auto-encoder: expected pictures of {_c.Grid * _c.Patch} pixels a side, got {pixels.Shape}; set preprocessing.size to the encoder's image_size");
        }

        Tensor x = Decode(Encoder.Forward(pixels, mask), mask);
        Tensor hidden = Ops.Gather(x.Reshape(-1, _width), Rows(mask.MaskedRows, 1));
        return Predictor.Forward(Norm.Forward(hidden));
    }

    /// <summary>The encoder's tokens at their places, mask tokens at the others, through the decoder's blocks. -> [batch, 1 + patches, width].</summary>
    private Tensor Decode(Tensor tokens, PatchMask mask)
    {
        int batch = mask.Count, seen = tokens.Shape[1], first = seen - mask.VisibleEach;

        // One table holds all tokens and, last, the mask token, which many rows read.
        Tensor table = Ops.Concat(0, Embed.Forward(tokens).Reshape(batch * seen, _width), MaskToken);
        int[] rows = new int[batch * (1 + Patches)];
        Array.Fill(rows, batch * seen);
        int[] places = Rows(mask.VisibleRows, 1);
        for (int i = 0; i < batch; i++)
        {
            rows[i * (1 + Patches)] = i * seen;
            for (int v = 0; v < mask.VisibleEach; v++)
            {
                rows[places[(i * mask.VisibleEach) + v]] = (i * seen) + first + v;
            }
        }

        Tensor x = Ops.AddBroadcast(Ops.Gather(table, rows).Reshape(batch, 1 + Patches, _width), _positions);
        foreach (Block block in Blocks)
        {
            x = Encoder.ActivationCheckpointing ? Tape.Checkpoint(block.Forward, x) : Tape.Local(block.Forward, x);
        }

        return x;
    }

    /// <summary>Numbers of patches in a table whose pictures have some rows before their patches.</summary>
    private int[] Rows(int[] patches, int before) => Array.ConvertAll(patches, row => row + (before * ((row / Patches) + 1)));

    /// <summary>What <see cref="Predict"/> is to give, negative.</summary>
    private Tensor MinusTargets(Tensor pixels, PatchMask mask)
    {
        using IDisposable paused = Tape.NoGrad();
        Tensor hidden = Ops.Gather(ToPatches(pixels), mask.MaskedRows);
        return Ops.LayerNorm(hidden, _minusNormal, null, Epsilon * (PatchValues - 1) / PatchValues);
    }

    /// <summary>[batch, channels, side, side] -> [batch * patches, channels * patch * patch].</summary>
    private Tensor ToPatches(Tensor pixels)
    {
        int batch = pixels.Shape[0];
        Tensor x = pixels.Reshape(batch, _c.Channels, _c.Grid, _c.Patch, _c.Grid, _c.Patch);
        return x.Transpose(1, 2).Transpose(2, 4).Transpose(3, 4).Contiguous().Reshape(batch * Patches, PatchValues);
    }
}
