using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Kronecker adapters.
internal sealed partial class CpuDevice
{
    private readonly Lock _kroneckerLock = new();
    private readonly List<KroneckerPlan> _kroneckerPlans = [];
    private readonly Stack<KroneckerCall> _kroneckerCalls = [];

    internal override void Kronecker(KroneckerProblem p)
    {
        if (!IsDense(p))
        {
            Plainly.Kronecker(p);
            return;
        }

        KroneckerCall call = RentKronecker();
        try
        {
            var kernel = new KroneckerForward(call, PlanFor(p), p, Workers);
            InstructionSets.Run(Set, ref kernel);
        }
        finally
        {
            ReturnKronecker(call);
        }
    }

    internal override void KroneckerBackward(KroneckerProblem p, KroneckerGradients g)
    {
        if (!IsDense(p) || !IsDense(g))
        {
            Plainly.KroneckerBackward(p, g);
            return;
        }

        KroneckerCall call = RentKronecker();
        try
        {
            var kernel = new KroneckerBackward(call, PlanFor(p), p, g, Workers);
            InstructionSets.Run(Set, ref kernel);
        }
        finally
        {
            ReturnKronecker(call);
        }
    }

    private static bool IsDense(KroneckerProblem p)
    {
        for (int i = 0; i < p.Count; i++)
        {
            if (!IsDense(p.C[i]) || !IsDense(p.D[i]))
            {
                return false;
            }
        }

        return IsDense(p.X) && IsDense(p.Y) && IsDense(p.W1s) && IsDense(p.W2s) && IsDense(p.W1r) && IsDense(p.W2r) && IsDense(p.Lambda)
            && IsDense(p.Probabilities);
    }

    private static bool IsDense(KroneckerGradients g)
    {
        for (int i = 0; i < g.C.Length; i++)
        {
            if (!IsDense(g.C[i]?.Tensor) || !IsDense(g.D[i]?.Tensor))
            {
                return false;
            }
        }

        return g.Y.DType == DType.Float32 && IsDense(g.X?.Tensor) && IsDense(g.W1s?.Tensor) && IsDense(g.W2s?.Tensor)
            && IsDense(g.W1r?.Tensor) && IsDense(g.W2r?.Tensor) && IsDense(g.Lambda?.Tensor);
    }

    /// <summary>A model has a handful of kinds of layer, so the list stays short.</summary>
    private KroneckerPlan PlanFor(KroneckerProblem p)
    {
        lock (_kroneckerLock)
        {
            foreach (KroneckerPlan known in _kroneckerPlans)
            {
                if (known.Fits(p))
                {
                    return known;
                }
            }

            var plan = new KroneckerPlan(p);
            _kroneckerPlans.Add(plan);
            return plan;
        }
    }

    private KroneckerCall RentKronecker()
    {
        lock (_kroneckerLock)
        {
            return _kroneckerCalls.TryPop(out KroneckerCall? call) ? call : new KroneckerCall();
        }
    }

    private void ReturnKronecker(KroneckerCall call)
    {
        call.End();
        lock (_kroneckerLock)
        {
            _kroneckerCalls.Push(call);
        }
    }
}
