using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>How much the loss of each class counts: all the same, balanced by the training data, or a list of weights.</summary>
public sealed class ClassWeights : IEquatable<ClassWeights>
{
    private ClassWeights(string? name, IReadOnlyList<double> values) => (Name, Values) = (name, values);

    /// <summary>Every picture counts the same.</summary>
    public static ClassWeights None { get; } = new("none", []);

    /// <summary>Every class counts the same: <c>pictures / (classes * pictures of the class)</c>, so that the mean over the pictures is one.</summary>
    public static ClassWeights Balanced { get; } = new("balanced", []);

    /// <summary>The words that stand for weights.</summary>
    internal static IReadOnlyList<ClassWeights> Named { get; } = [None, Balanced];

    /// <summary>The word, or null for a list.</summary>
    public string? Name { get; }

    /// <summary>One weight a class, in label order; empty for a word.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>One weight a class, in label order.</summary>
    public static ClassWeights Of(params IReadOnlyList<double> values) => new(null, [.. values]);

    /// <inheritdoc/>
    public bool Equals(ClassWeights? other) => other is not null && Name == other.Name && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassWeights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Values.Count);

    /// <summary>The weights for some training data, one a class; empty where all count the same.</summary>
    /// <exception cref="HkaFerException">There are more or fewer weights than classes, or a class to be balanced has no picture.</exception>
    internal double[] For(ImageDataset train)
    {
        if (Name is null)
        {
            return Values.Count == train.Classes.Count ? [.. Values] : throw new HkaFerException(
                $"training.class_weights has {Values.Count} weights, the training data has {train.Classes.Count} classes " +
                $"({string.Join(", ", train.Classes)}); give one weight a class, in this order");
        }

        return Equals(None) ? [] : [.. EveryClassOf(train, "training.class_weights: balanced")
            .Select(count => train.Count / ((double)train.Classes.Count * count))];
    }

    /// <summary>How many pictures each class has, none of which is empty.</summary>
    internal static IReadOnlyList<int> EveryClassOf(ImageDataset train, string what)
    {
        IReadOnlyList<int> counts = train.ClassCounts();
        for (int c = 0; c < counts.Count; c++)
        {
            if (counts[c] == 0)
            {
                throw new HkaFerException(
                    $"{what} needs a picture of every class; the training data ({train.Kind}) has none of '{train.Classes[c]}': add some, or take the class out of the data");
            }
        }

        return counts;
    }
}
