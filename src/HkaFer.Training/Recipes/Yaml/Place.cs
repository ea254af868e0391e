namespace HkaFer.Training;

/// <summary>Where something stands: file, line and column from 1, or an override, which has neither.</summary>
internal readonly record struct Place(string Source, long Line = 0, long Column = 0)
{
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}" : Source;
}
