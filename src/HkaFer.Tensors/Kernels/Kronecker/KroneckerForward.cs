namespace HkaFer.Tensors.Kernels;

/// <summary>The forward pass of a layer's adapters: groups of tokens in any order, each on its own.</summary>
internal readonly struct KroneckerForward(KroneckerCall call, KroneckerPlan plan, KroneckerProblem problem, Workers workers) : ISimdKernel
{
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        call.Begin(plan, problem, workers.Count, (long)plan.ForwardVectors * TSimd.Count, chunks: 0);
        var work = new Work<TSimd, TVector>(call);
        workers.For(checked((int)((call.Tokens + TSimd.Count - 1) / TSimd.Count)), ref work);
    }

    private readonly unsafe struct Work<TSimd, TVector>(KroneckerCall call) : IWork
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        public void Run(int index, int worker) => new KroneckerGroup<TSimd, TVector>(call, call.Tile(worker), index).Forward();
    }
}
