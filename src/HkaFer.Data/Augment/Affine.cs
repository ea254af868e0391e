namespace HkaFer.Data;

/// <summary>An affine change about the centre of a square: sheared along the rows, turned, scaled, then moved.</summary>
/// <param name="Angle">Degrees counter-clockwise.</param>
/// <param name="Shear">Degrees.</param>
/// <param name="Scale">Factor on the size.</param>
/// <param name="Right">Shift as a share of the side.</param>
/// <param name="Down">Shift as a share of the side.</param>
internal readonly record struct Affine(double Angle, double Shear, double Scale, double Right, double Down)
{
    /// <summary>Whether it leaves everything as it is.</summary>
    public bool IsNothing => this is { Angle: 0, Shear: 0, Scale: 1, Right: 0, Down: 0 };

    /// <summary>The matrix that leads from a point of the result, about the centre, back to one of the picture.</summary>
    public (double XX, double XY, double YX, double YY) Back()
    {
        var (sin, cos) = Math.SinCos(Angle * (Math.PI / 180));
        double tan = Math.Tan(Shear * (Math.PI / 180));

        // The inverse of the shear after the turn back.
        return ((cos - (tan * sin)) / Scale, (-sin - (tan * cos)) / Scale, sin / Scale, cos / Scale);
    }
}
