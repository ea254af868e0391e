namespace HkaFer.Data;

/// <summary>What training does with soft labels: the three ways of Barsoum et al. (2016, arXiv 1608.01041) to learn from votes.</summary>
public enum SoftLabelUse
{
    /// <summary>Cross-entropy with the whole distribution.</summary>
    Distribution,

    /// <summary>One class is drawn from the distribution, each epoch anew (the paper's probabilistic label drawing).</summary>
    Draw,

    /// <summary>
    /// Every class with a share is right: the loss is that of whichever of them the model finds most probable (the paper's multi-label learning).
    /// </summary>
    AnyOf,
}
