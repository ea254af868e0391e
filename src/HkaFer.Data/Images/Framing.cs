using System.Text.Json.Serialization;

namespace HkaFer.Data;

/// <summary>How a picture of any aspect becomes a square.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Framing>))]
public enum Framing
{
    /// <summary>The whole picture, its aspect given up: nothing of a face is lost. The paper's.</summary>
    Squash,

    /// <summary>Resized by its shorter edge, then the middle: what the published checkpoints state.</summary>
    ShortestEdgeCrop,

    /// <summary>Squashed to a square of <see cref="Preprocessing.Edge"/>, then the middle: checkpoints whose size is a height and a width, with a crop.</summary>
    SquashCrop,
}
