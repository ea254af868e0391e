namespace HkaFer.Tensors;

/// <summary>The operations: few and coarse, each recorded for gradients where one is wanted. Shapes are checked before anything is computed.</summary>
public static partial class Ops
{
}
