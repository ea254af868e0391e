namespace HkaFer.Training;

/// <summary>What there is of a planned run.</summary>
public enum RunState
{
    /// <summary>Nothing yet.</summary>
    New,

    /// <summary>A part, with which it goes on.</summary>
    Begun,

    /// <summary>All of it.</summary>
    Done,
}
