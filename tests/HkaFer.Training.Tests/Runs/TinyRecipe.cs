namespace HkaFer.Training.Tests;

/// <summary>Recipes that train in a second: a tiny transformer on a few generated faces.</summary>
internal static class TinyRecipe
{
    /// <summary>From nothing, with everything that draws random numbers switched on.</summary>
    public static Recipe Full { get; } = Recipe.Parse(
        """
        data:
          train: "faces:?seed=3&count=42&size=32"
          valid: "faces:?seed=4&count=14&size=32"
          sampling: balanced
        backbone:
          scratch: { width: 32, depth: 2, heads: 2, patch: 8, image_size: 32, mask_token: false }
        method: full
        optimizer: { kind: adamw, learning_rate: 1e-3 }
        schedule: { kind: cosine, warmup_epochs: 1 }
        training: { epochs: 3, batch: 4, accumulate: 2, label_smoothing: 0.1, class_weights: balanced, clip: 1, ema: 0.9, patience: 3 }
        augmentation: { mixup: 0.4, cutmix: 1 }
        preprocessing: { size: 32 }
        """);

    /// <summary>As <see cref="Full"/> in a few hundredths of a second: two epochs of two steps, each step saved.</summary>
    public static Recipe Least { get; } = Full.With(
        "data.train=faces:?seed=3&count=14&size=32", "data.valid=faces:?seed=4&count=7&size=32", "data.test=faces:?seed=5&count=7&size=32",
        "backbone.scratch.width=16", "backbone.scratch.depth=1", "backbone.scratch.patch=16", "training.epochs=2", "training.save_every=1");

    /// <summary>HeKA on a backbone that a run of <see cref="Full"/> left.</summary>
    public static Recipe HeKA(string run) => Full with
    {
        Backbone = new BackboneSettings { Folder = new RunFolder(run).Backbone("last") },
        Method = new Adapters.HeKA { Sizes = [(4, 4), (4, 8)] },
        Optimizer = new AdamSettings { LearningRate = 1e-2 },
    };
}
