using HkaFer.Adapters;

namespace HkaFer.Training;

/// <summary>The adapter of an earlier stage that a model stands on.</summary>
/// <param name="Adapter">The adapter, on the model or merged into it.</param>
/// <param name="Join">What it is to the adapter after it.</param>
public sealed record StageAdapter(Adapter Adapter, AdapterJoin Join);
