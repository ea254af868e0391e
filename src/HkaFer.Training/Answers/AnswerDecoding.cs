namespace HkaFer.Training;

/// <summary>How a vision-language model gives its answer.</summary>
public enum AnswerDecoding
{
    /// <summary>It writes a text, which is parsed.</summary>
    Generate,

    /// <summary>Each class is scored by the mean log-likelihood of the tokens that tell its answer from the others'.</summary>
    Score,
}
