namespace HkaFer.Training;

/// <summary>How the attention of a block's heads becomes one.</summary>
public enum HeadFusion
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The greatest of them.</summary>
    Max,

    /// <summary>The least of them: what all heads look at.</summary>
    Min,
}
