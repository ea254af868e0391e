namespace HkaFer.Training;

/// <summary>How the label was found in an answer.</summary>
public enum AnswerForm
{
    /// <summary>No label was found: the answer counts as wrong.</summary>
    Unparsed,

    /// <summary>The answer is the JSON object that was asked for.</summary>
    Json,

    /// <summary>The answer is the name of a class and nothing else.</summary>
    Plain,

    /// <summary>Nothing was read: every class was scored by how likely the model finds it as the answer.</summary>
    Scored,
}
