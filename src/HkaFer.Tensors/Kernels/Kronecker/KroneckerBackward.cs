namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The backward pass. Tokens are cut into chunks that do not depend on timing, each sums the weights' gradients apart, and the sums are
/// added in order: the same threads give the same bits.
/// </summary>
internal readonly struct KroneckerBackward(
    KroneckerCall call, KroneckerPlan plan, KroneckerProblem problem, KroneckerGradients gradients, Workers workers) : ISimdKernel
{
    /// <summary>Tokens in a tile: enough that crossing the lanes at the end of a contraction is rare.</summary>
    private const int TileTokens = 32;

    /// <summary>Chunks while there are fewer threads, so that up to here not even the number of threads changes a bit.</summary>
    private const int LeastChunks = 16;

    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var tiles = (problem.X.Shape.Rows + TileTokens - 1) / TileTokens;
        var most = Math.Max(LeastChunks, workers.Count);
        call.Begin(plan, problem, workers.Count, (long)plan.Vectors * TileTokens, chunks: (int)Math.Clamp(tiles, 1, most));
        call.Take(gradients);
        var chunks = new Chunk<TSimd, TVector>(call);
        workers.For(call.Chunks, ref chunks);
        if (call.WantsWeights)
        {
            AddChunks<TSimd, TVector>();
            KroneckerResults.Write(call, gradients);
        }
    }

    /// <summary>Leaves the sum of all chunks in the first.</summary>
    private unsafe void AddChunks<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        // A chunk's sums are whole cache lines, so no vector is partial.
        var length = call.Plan.Sums;
        for (var at = 0; at < length; at += TSimd.Count)
        {
            var sum = TSimd.Load(call.Sums + at);
            for (var c = 1; c < call.Chunks; c++)
            {
                sum = TSimd.Add(sum, TSimd.Load(call.Sums + ((nint)c * length) + at));
            }
            TSimd.Store(call.Sums + at, sum);
        }
    }

    private readonly unsafe struct Chunk<TSimd, TVector>(KroneckerCall call) : IWork
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        public void Run(int index, int worker)
        {
            var plan = call.Plan;
            var sums = call.Sums + ((nint)index * plan.Sums);
            new Span<float>(sums, plan.Sums).Clear();
            var tiles = (call.Tokens + TileTokens - 1) / TileTokens;
            for (var tile = index * tiles / call.Chunks; tile < (index + 1) * tiles / call.Chunks; tile++)
            {
                Tile(tile, call.Tile(worker), sums);
            }
        }

        private void Tile(long tile, float* memory, float* sums)
        {
            var plan = call.Plan;
            var tokens = Math.Min(TileTokens, call.Tokens - (tile * TileTokens));
            var groups = (int)((tokens + TSimd.Count - 1) / TSimd.Count);
            for (var g = 0; g < groups; g++)
            {
                Group(tile, g, memory).Back(sums);
            }
            var first = Group(tile, 0, memory);
            if (plan.Routed && call.WantsWeights)
            {
                first.ContractRouter(groups, sums);
            }
            for (var g = 0; g < groups; g++)
            {
                Group(tile, g, memory).BackToInput();
            }
            if (call.WantsWeights)
            {
                first.ContractAdapters(groups, sums);
            }
        }

        private KroneckerGroup<TSimd, TVector> Group(long tile, int g, float* memory) =>
            new(call, memory + ((nint)g * call.Plan.Vectors * TSimd.Count), (tile * TileTokens / TSimd.Count) + g);
    }
}
