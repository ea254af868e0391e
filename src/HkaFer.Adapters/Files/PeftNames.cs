namespace HkaFer.Adapters;

/// <summary>Generations of module names: version 5 of the transformers library renamed DINOv2's attention layers.</summary>
public enum PeftNames
{
    /// <summary><c>attention.attention.{query,key,value}</c>, <c>attention.output.dense</c>: the names of the checkpoints, and ours.</summary>
    Version4,

    /// <summary><c>attention.{q,k,v,o}_proj</c>.</summary>
    Version5,
}
