using System.Text.Json.Nodes;

namespace HkaFer.Training;

/// <summary>Something that decides a run's bits, and that must be the same when it is resumed.</summary>
/// <param name="Key">Its entry in the fingerprint.</param>
/// <param name="Value">A hash, or the thing itself where it is short; null where a run has none.</param>
/// <param name="What">Its name in a message.</param>
/// <param name="Remedy">What to do where it has changed.</param>
internal sealed record RunInput(string Key, JsonNode? Value, string What, string Remedy);
