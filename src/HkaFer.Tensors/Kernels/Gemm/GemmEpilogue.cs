namespace HkaFer.Tensors.Kernels;

/// <summary>What is done to a finished element of C while it is still in a register, before it is stored.</summary>
internal enum GemmEpilogue
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>C[m, n] += Bias[n].</summary>
    Bias,
}
