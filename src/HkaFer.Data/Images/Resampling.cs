using System.Text.Json.Serialization;

namespace HkaFer.Data;

/// <summary>How a picture is resized; each as Pillow has it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Resampling>))]
public enum Resampling
{
    /// <summary>The pixel under the centre of the new one.</summary>
    Nearest,

    /// <summary>A triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, radius 2: what the published checkpoints were fed with.</summary>
    Bicubic,

    /// <summary>A windowed sinc of radius 3.</summary>
    Lanczos,
}
