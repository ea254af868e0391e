namespace HkaFer.Tensors.Kernels;

/// <summary>A kernel with its arguments as fields, written once for every width; <see cref="InstructionSets.Run"/> picks the width.</summary>
internal interface ISimdKernel
{
    /// <summary>Does the work with one vector width.</summary>
    void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}
