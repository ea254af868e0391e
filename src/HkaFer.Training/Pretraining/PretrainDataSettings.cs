using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The pictures that a backbone is pre-trained on. Labels are not looked at.</summary>
public sealed record PretrainDataSettings
{
    /// <summary>The pictures alone: <c>recipe with { Data = "faces-of-mine" }</c>.</summary>
    public static implicit operator PretrainDataSettings(string train) => new() { Train = train };

    /// <summary>A folder, of which every picture in it and below is taken, or <c>KIND:PATH[?key=value&amp;...]</c>, of which the training split is.</summary>
    public string? Train { get; init; }

    /// <summary>Share of them that is set aside, drawn by the seed, and scores every epoch; 0 for none.</summary>
    public double HeldOut { get; init; } = 0.02;

    /// <summary>A file that lists pictures to leave out, one a line; see <see cref="ExcludeList"/>.</summary>
    public string? Exclude { get; init; }

    /// <summary>MiB of decoded pictures that stay in memory.</summary>
    public int CacheMb { get; init; } = 512;
}
