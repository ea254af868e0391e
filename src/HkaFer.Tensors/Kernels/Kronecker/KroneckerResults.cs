namespace HkaFer.Tensors.Kernels;

/// <summary>Carries the gradient sums of a backward pass to where they are wanted.</summary>
internal static unsafe class KroneckerResults
{
    internal static void Write(KroneckerCall call, KroneckerGradients g)
    {
        var plan = call.Plan;
        for (var i = 0; i < plan.Count; i++)
        {
            var path = plan.Paths[i];
            WriteMatrix(path.DFirst ? g.D[i] : g.C[i], call.Sums + path.GradA, path.P, path.I, path.I, 1);
            WriteB(call, path, path.DFirst ? g.C[i] : g.D[i]);
        }
        WriteMatrix(g.W1s, call.Sums + plan.SumW1s, plan.Hidden, plan.PooledIn, plan.PooledIn, 1);
        WriteMatrix(g.W2s, call.Sums + plan.SumW2s, plan.Count, plan.Hidden, plan.Hidden, 1);
        WriteMatrix(g.W1r, call.Sums + plan.SumW1r, plan.Hidden, plan.PooledOut, plan.PooledOut, 1);
        WriteMatrix(g.W2r, call.Sums + plan.SumW2r, plan.Count, plan.Hidden, plan.Hidden, 1);
        WriteMatrix(g.Lambda, call.Sums + plan.SumLambda, 1, 1, 1, 1);
    }

    private static void WriteB(KroneckerCall call, KroneckerPath path, Target? into)
    {
        // Without a router U was never scaled, so beta is still missing.
        WriteMatrix(into, call.Sums + path.Bundle.GradB + path.Column, path.S, path.J, path.Bundle.J, call.Plan.Routed ? 1 : call.Beta);
        if (into is not { } target || !call.Plan.Relation)
        {
            return;
        }
        // Every row of B went into the sum of its class.
        var to = (float*)target.Tensor.Address;
        for (var s = 0; s < path.S; s++)
        {
            AddRow(to + (s * path.J), call.Sums + path.GradReducedB + (path.ColumnClasses.Of(s) * path.J), path.J, 1, add: true);
        }
    }

    private static void WriteMatrix(Target? into, float* from, int rows, int columns, int step, float scale)
    {
        if (into is not { } target)
        {
            return;
        }
        var to = (float*)target.Tensor.Address;
        for (var r = 0; r < rows; r++)
        {
            AddRow(to + (r * columns), from + (r * step), columns, scale, target.Accumulate);
        }
    }

    private static void AddRow(float* to, float* from, int length, float scale, bool add)
    {
        for (var i = 0; i < length; i++)
        {
            to[i] = add ? to[i] + (scale * from[i]) : scale * from[i];
        }
    }
}
