namespace HkaFer.Training;

/// <summary>Which epoch's model a run reports.</summary>
public enum ModelSelection
{
    /// <summary>The last: nothing was chosen by the numbers that are reported.</summary>
    Last,

    /// <summary>The one with the best score on the validation data.</summary>
    Best,
}
