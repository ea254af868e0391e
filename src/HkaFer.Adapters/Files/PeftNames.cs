namespace HkaFer.Adapters;

/// <summary>
/// Generations of module names: version 5 of the transformers library renamed DINOv2's attention layers; the parts of Qwen-VL had moved under one model
/// before.
/// </summary>
public enum PeftNames
{
    /// <summary><c>attention.attention.{query,key,value}</c>, <c>attention.output.dense</c>; <c>model.layers</c>: the names of the checkpoints, and ours.</summary>
    Version4,

    /// <summary><c>attention.{q,k,v,o}_proj</c>; <c>model.language_model.layers</c>.</summary>
    Version5,
}
