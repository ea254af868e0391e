namespace HkaFer.Training;

/// <summary>The second stage: compound expressions. In the paper RAF-DB's and Aff-Wild2's, rank 8, 10 epochs; the rate is this project's.</summary>
public sealed record CompoundStage : AnswerStage
{
    /// <summary>The paper's values.</summary>
    public CompoundStage()
        : base("compound") => (Rank, Epochs, LearningRate) = (8, 10, 5e-5);
}
