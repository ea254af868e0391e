using HkaFer.Data;

namespace HkaFer.Training.Tests;

/// <summary>Generated faces with labels of our own, hard or soft.</summary>
internal sealed class ListedFaces(int classes, params int[] labels)
    : ImageDataset("listed", "train", [.. Enumerable.Range(0, classes).Select(i => $"class {i}")])
{
    private readonly FaceDataset _faces = new(FaceDomain.Source, 5, labels.Length, 32);

    internal float[][]? Shares { get; init; }

    internal SoftLabelUse Use { get; init; }

    public override int Count => labels.Length;

    public override SoftLabelUse SoftLabelUse => Use;

    public override Sample this[int index] => new($"listed/{index}", labels[index]);

    public override IReadOnlyList<float>? SoftLabel(int index) => Shares?[index];

    public override Image Load(int index) => _faces.Load(index);

    public override byte[] Source(int index) => _faces.Source(index);

    /// <summary>All of it as one batch.</summary>
    internal Batch Batch() => new BatchLoader(this, Count, new Preprocessing { Size = 8 }).InOrder().First();
}
