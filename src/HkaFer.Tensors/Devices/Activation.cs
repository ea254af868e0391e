namespace HkaFer.Tensors;

/// <summary>Elementwise nonlinearities.</summary>
public enum Activation
{
    /// <summary>x * Phi(x), exact by the error function.</summary>
    Gelu,

    /// <summary>x * sigmoid(1.702 x), as CLIP's first weights were trained.</summary>
    QuickGelu,

    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,
}
