using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Pixels to tokens: patches, class token, position embeddings, registers.</summary>
public sealed class Embeddings : Module
{
    private readonly VitConfig _c;
    private Resized? _resized;

    /// <summary>Declares the parameters.</summary>
    public Embeddings(VitConfig c)
    {
        _c = c;
        ClassToken = Declare("cls_token", [1, 1, c.Width], Init.TruncatedNormal(0.02));
        MaskToken = c.MaskToken ? Declare("mask_token", [1, c.Width], Init.Zeros) : null;
        RegisterTokens = c.Registers > 0 ? Declare("register_tokens", [1, c.Registers, c.Width], Init.TruncatedNormal(0.02)) : null;
        Positions = Declare("position_embeddings", [1, 1 + (c.Grid * c.Grid), c.Width], Init.TruncatedNormal(0.3));
        PatchWeight = Declare("patch_embeddings.projection.weight", [c.Width, c.Channels, c.Patch, c.Patch], Init.Uniform(1 / Math.Sqrt(c.Channels * c.Patch * c.Patch)));
        PatchBias = Declare("patch_embeddings.projection.bias", [c.Width], Init.Zeros);
    }

    /// <summary><c>[1, 1, d]</c>.</summary>
    public Parameter ClassToken { get; }

    /// <summary><c>[1, d]</c>; only masked-image pre-training uses it.</summary>
    public Parameter? MaskToken { get; }

    /// <summary><c>[1, registers, d]</c>: they stand after the class token and have no positions.</summary>
    public Parameter? RegisterTokens { get; }

    /// <summary><c>[1, 1 + grid^2, d]</c>.</summary>
    public Parameter Positions { get; }

    /// <summary><c>[d, channels, patch, patch]</c>.</summary>
    public Parameter PatchWeight { get; }

    /// <summary><c>[d]</c>.</summary>
    public Parameter PatchBias { get; }

    /// <summary>[batch, channels, height, width] -> [batch, 1 + registers + patches, d].</summary>
    public Tensor Forward(Tensor pixels)
    {
        Tensor patches = Ops.PatchEmbedding(pixels, PatchWeight, PatchBias);
        int batch = pixels.Shape[0];
        Tensor cls = Ops.Expand(ClassToken, [batch, 1, _c.Width]);
        Tensor x = Ops.AddBroadcast(Ops.Concat(1, cls, patches), PositionsFor(pixels));
        return RegisterTokens is null ? x : Ops.Concat(1, x.Slice(1, 0, 1), Registers(batch), x.Slice(1, 1, x.Shape[1] - 1));
    }

    /// <summary>The tokens of a part of the patches, each with the position that it has in the whole picture.</summary>
    /// <param name="pixels"><c>[batch, channels, height, width]</c>.</param>
    /// <param name="visible">Which patches.</param>
    /// <returns><c>[batch, 1 + registers + visible, d]</c>.</returns>
    public Tensor Forward(Tensor pixels, PatchMask visible)
    {
        Tensor patches = Ops.PatchEmbedding(pixels, PatchWeight, PatchBias), positions = PositionsFor(pixels);
        (int batch, int count) = (patches.Shape[0], patches.Shape[1]);
        visible.CheckFits(batch, count);
        patches = Ops.AddBroadcast(patches, positions.Slice(1, 1, count));
        Tensor kept = Ops.Gather(patches.Reshape(batch * count, _c.Width), visible.VisibleRows).Reshape(batch, visible.VisibleEach, _c.Width);
        Tensor cls = Ops.Expand(Ops.Add(ClassToken, positions.Slice(1, 0, 1)), [batch, 1, _c.Width]);
        return RegisterTokens is null ? Ops.Concat(1, cls, kept) : Ops.Concat(1, cls, Registers(batch), kept);
    }

    private Tensor PositionsFor(Tensor pixels) => PositionsFor(pixels.Shape[2] / _c.Patch, pixels.Shape[3] / _c.Patch);

    private Tensor Registers(int batch) => Ops.Expand(RegisterTokens!, [batch, _c.Registers, _c.Width]);

    /// <summary>Position embeddings for a grid, resized bicubically where it is not the stored one.</summary>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <returns><c>[1, 1 + rows * columns, d]</c>, the class token's first.</returns>
    public Tensor PositionsFor(int rows, int columns)
    {
        if (rows == _c.Grid && columns == _c.Grid)
        {
            return Positions;
        }

        if (!Positions.Trainable && _resized is { } kept && kept.Rows == rows && kept.Columns == columns && kept.Version == Positions.Version)
        {
            return kept.Positions;
        }

        Tensor stored = Positions;
        Tensor grid = stored.Slice(1, 1, _c.Grid * _c.Grid).Reshape(1, _c.Grid, _c.Grid, _c.Width).Transpose(2, 3).Transpose(1, 2);
        Tensor resized = Ops.Bicubic(grid, rows, columns, antialias: _c.Registers > 0);
        Tensor positions = Ops.Concat(1, stored.Slice(1, 0, 1), resized.Transpose(1, 2).Transpose(2, 3).Reshape(1, rows * columns, _c.Width));

        // Frozen positions give the same answer at every step; it is kept until they are replaced.
        _resized = Positions.Trainable ? null : new Resized(rows, columns, Positions.Version, positions.Keep());
        return positions;
    }

    /// <summary>One object, so that passes of several threads see all of it or none.</summary>
    private sealed record Resized(int Rows, int Columns, int Version, Tensor Positions);
}
