namespace HkaFer.Training;

/// <summary>A stage: what is learnt from, with an adapter of which rank, how long.</summary>
public abstract record AnswerStage
{
    private protected AnswerStage(string name) => Name = name;

    /// <summary>Its name: the key in the recipe, and its folder in the run's.</summary>
    [NotAKey]
    public string Name { get; }

    /// <summary>What it learns from and is scored on.</summary>
    public AnswerData Data { get; init; } = new();

    /// <summary>Rank of the adapter.</summary>
    public int Rank { get; init; }

    /// <summary>alpha; 2 r where not given.</summary>
    public double? Alpha { get; init; }

    /// <summary>Passes over the data.</summary>
    public int Epochs { get; init; }

    /// <summary>Of AdamW; falls as a cosine to zero.</summary>
    public double LearningRate { get; init; }
}
