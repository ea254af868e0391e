namespace HkaFer.Data;

/// <summary>How the votes on a FERPlus face become a label: <c>labels=..</c>, the four ways of Barsoum et al. (2016).</summary>
internal enum FerPlusRule
{
    /// <summary>The expression with more than half of the votes.</summary>
    Majority,

    /// <summary>One expression, drawn from the votes' distribution each epoch anew.</summary>
    Probability,

    /// <summary>The votes' distribution.</summary>
    CrossEntropy,

    /// <summary>Any expression with at least 30 % of the votes.</summary>
    MultiTarget,
}
