namespace HkaFer.Tensors;

// Kronecker adapters and their router, one token at a time (method, equations 4-14).
internal sealed partial class ReferenceDevice
{
    internal override void Kronecker(KroneckerProblem p)
    {
        var layer = new KroneckerReference(p);
        double[] x = Plain.Read(p.X), y = new double[p.Y.Count], probabilities = new double[p.X.Shape.Rows * p.Count];
        for (int t = 0; t < p.X.Shape.Rows; t++)
        {
            KroneckerReference.Token token = layer.Forward(x.AsSpan(t * layer.In, layer.In));
            token.Probabilities.CopyTo(probabilities, t * p.Count);
            for (int i = 0; i < p.Count; i++)
            {
                for (int j = 0; j < layer.Out; j++) { y[(t * layer.Out) + j] += p.Beta * token.Probabilities[i] * token.F[i][j]; }
            }
        }

        Plain.Write(new Target(p.Y, true), y);
        if (p.Probabilities is not null) { Plain.Write(p.Probabilities, probabilities); }
    }

    internal override void KroneckerBackward(KroneckerProblem p, KroneckerGradients g)
    {
        var layer = new KroneckerReference(p);
        double[] x = Plain.Read(p.X), gy = Plain.Read(g.Y), gx = new double[x.Length];
        for (int t = 0; t < p.X.Shape.Rows; t++)
        {
            layer.Backward(x.AsSpan(t * layer.In, layer.In), gy.AsSpan(t * layer.Out, layer.Out), gx.AsSpan(t * layer.In, layer.In));
        }

        if (g.X is { } intoX) { Plain.Write(intoX, gx); }
        for (int i = 0; i < p.Count; i++)
        {
            if (g.C[i] is { } intoC) { Plain.Write(intoC, layer.GradC[i]); }
            if (g.D[i] is { } intoD) { Plain.Write(intoD, layer.GradD[i]); }
        }

        if (g.W1s is { } w1s) { Plain.Write(w1s, layer.GradW1s); }
        if (g.W2s is { } w2s) { Plain.Write(w2s, layer.GradW2s); }
        if (g.W1r is { } w1r) { Plain.Write(w1r, layer.GradW1r); }
        if (g.W2r is { } w2r) { Plain.Write(w2r, layer.GradW2r); }
        if (g.Lambda is { } lambda) { Plain.Write(lambda, [layer.GradLambda]); }
    }
}
