namespace HkaFer.Training;

/// <summary>What becomes of the adapter of one stage in the next: two readings of "rank 16, then rank 8".</summary>
public enum AdapterJoin
{
    /// <summary>It counts as part of the model from then on: the next stage trains a fresh adapter alone.</summary>
    Merge,

    /// <summary>
    /// It stays an adapter, and the next stage trains both. (Kept beside the next one and frozen it would compute what <see cref="Merge"/> does.)
    /// </summary>
    Stack,
}
