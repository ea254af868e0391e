namespace HkaFer.Data;

/// <summary>How the head stands in the picture. Angles in radians; a pose of zeros looks straight at the viewer.</summary>
/// <param name="Yaw">Turn to the right of the picture.</param>
/// <param name="Pitch">Nod downwards.</param>
/// <param name="Roll">Tilt clockwise.</param>
/// <param name="Scale">Size; 1 lets the face fill most of the picture with the eyes at 40 % of its height.</param>
/// <param name="ShiftX">Shift to the right, in widths of the picture.</param>
/// <param name="ShiftY">Shift downwards, in heights of the picture.</param>
public sealed record FacePose(float Yaw = 0, float Pitch = 0, float Roll = 0, float Scale = 1, float ShiftX = 0, float ShiftY = 0)
{
    /// <summary>A pose around the frontal one.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="strength">1 is a loosely aligned photograph; 2 is a candid one.</param>
    public static FacePose FromSeed(ulong seed, float strength = 1)
    {
        var rng = new FaceRng(seed);
        return new FacePose(
            Yaw: 0.42f * strength * rng.Bell(),
            Pitch: 0.24f * strength * rng.Bell(),
            Roll: 0.22f * strength * rng.Bell(),
            Scale: 1 + 0.10f * strength * rng.Bell(),
            ShiftX: 0.05f * strength * rng.Bell(),
            ShiftY: 0.04f * strength * rng.Bell());
    }
}
