namespace HkaFer.Training;

/// <summary>The first stage: basic expressions. In the paper RAF-DB and Aff-Wild2, rank 16, 20 epochs; the rate is this project's.</summary>
public sealed record BasicStage : AnswerStage
{
    /// <summary>The paper's values.</summary>
    public BasicStage()
        : base("basic") => (Rank, Epochs, LearningRate) = (16, 20, 1e-4);
}
