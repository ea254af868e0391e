using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// Places the head in the picture. Face coordinates: the origin is between eyes and nose, x to the right and y down, and the
/// cheekbones of an average face are at x = -1 and 1. Points lie on an ellipsoid, so that features slide over the skull when it turns.
/// </summary>
internal sealed class HeadFrame
{
    /// <summary>Height of the picture in face coordinates: chin just inside, forehead cut at the hairline.</summary>
    private const float Span = 2.28f;

    private readonly float _sinYaw, _cosYaw, _sinPitch, _cosPitch, _sinRoll, _cosRoll;
    private readonly float _centreX, _centreY;

    public HeadFrame(FacePose pose, int pixels)
    {
        (_sinYaw, _cosYaw) = (FaceMath.Sin(pose.Yaw), FaceMath.Cos(pose.Yaw));
        (_sinPitch, _cosPitch) = (FaceMath.Sin(pose.Pitch), FaceMath.Cos(pose.Pitch));
        (_sinRoll, _cosRoll) = (FaceMath.Sin(pose.Roll), FaceMath.Cos(pose.Roll));
        Unit = pixels / Span * pose.Scale;
        _centreX = pixels * (0.5f + pose.ShiftX);
        _centreY = pixels * (0.463f + pose.ShiftY);
    }

    /// <summary>Pixels per face unit.</summary>
    public float Unit { get; }

    /// <summary>Where a point of the face is seen, in pixels.</summary>
    /// <param name="x">Face coordinate.</param>
    /// <param name="y">Face coordinate.</param>
    /// <param name="lift">Height above the skull, as the tip of the nose has it; negative for what lies behind.</param>
    public Vector2 Project(float x, float y, float lift = 0)
    {
        float q = 1 - x * x / (0.97f * 0.97f) - y * y / (1.6f * 1.6f);
        float z = (q > 0 ? 0.72f * MathF.Sqrt(q) : 0) + lift;
        float turned = x * _cosYaw + z * _sinYaw;
        float depth = z * _cosYaw - x * _sinYaw;
        float nodded = y * _cosPitch + depth * _sinPitch;
        return new Vector2(
            _centreX + (turned * _cosRoll - nodded * _sinRoll) * Unit,
            _centreY + (turned * _sinRoll + nodded * _cosRoll) * Unit);
    }

    /// <summary>A pixel in the frame of the head before it turns and nods: what light falls on.</summary>
    public Vector2 Unroll(float pixelX, float pixelY)
    {
        float dx = (pixelX - _centreX) / Unit, dy = (pixelY - _centreY) / Unit;
        return new Vector2(dx * _cosRoll + dy * _sinRoll, dy * _cosRoll - dx * _sinRoll);
    }
}
