namespace HkaFer.Training;

/// <summary>A setting in which runs differ.</summary>
/// <param name="Key">As <c>--set</c> takes it.</param>
/// <param name="Values">One a run, in the runs' order; null where a run's recipe has no such key.</param>
public sealed record SettingDifference(string Key, IReadOnlyList<string?> Values);
