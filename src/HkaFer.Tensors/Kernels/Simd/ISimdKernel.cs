namespace HkaFer.Tensors.Kernels;

/// <summary>A kernel with its arguments as fields, written for any width; <see cref="InstructionSets.Run"/> picks one.</summary>
internal interface ISimdKernel
{
    /// <summary>Does the work with one vector width.</summary>
    void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}
