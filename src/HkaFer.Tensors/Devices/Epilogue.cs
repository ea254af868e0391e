namespace HkaFer.Tensors;

/// <summary>What a product is turned into before it is stored: residual + scale * activation(product).</summary>
/// <param name="Activation">The nonlinearity, or none.</param>
/// <param name="Scale">One for each column, or none.</param>
/// <param name="Residual">Shape of the product, without gaps; or none.</param>
internal readonly record struct Epilogue(Activation? Activation, Tensor? Scale, Tensor? Residual)
{
    /// <summary>Whether the product stays as it is.</summary>
    internal bool IsNone => Activation is null && Scale is null && Residual is null;
}
