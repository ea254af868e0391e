namespace HkaFer.Data;

/// <summary>A rectangle in pixels of the upright picture; parts outside of the picture are left out.</summary>
internal sealed record FaceBox : FaceRegion
{
    /// <exception cref="HkaFerException">A number is none that a picture has, or the box is empty.</exception>
    public FaceBox(double left, double top, double right, double bottom, string where)
    {
        (Left, Top, Right, Bottom) = (left, top, right, bottom);
        // Written so that NaN fails.
        bool sound = Math.Abs(left) <= Largest && Math.Abs(top) <= Largest && right <= Largest && bottom <= Largest && right > left && bottom > top;
        if (!sound) throw new HkaFerException($"{where}: no box: {this}; expected left < right and top < bottom, in pixels");
    }

    public double Left { get; }

    public double Top { get; }

    public double Right { get; }

    public double Bottom { get; }

    public override Image Cut(Image image, string name)
    {
        int left = Math.Max(0, (int)Math.Round(Left)), top = Math.Max(0, (int)Math.Round(Top));
        int width = Math.Min(image.Width, (int)Math.Round(Right)) - left, height = Math.Min(image.Height, (int)Math.Round(Bottom)) - top;
        return width > 0 && height > 0
            ? image.Crop(left, top, width, height)
            : throw ImageException.In(name, $"the face's box ({this}) is not within its {image.Width} x {image.Height} pixels; correct the list or take the line out");
    }

    public override string ToString() => FormattableString.Invariant($"left {Left}, top {Top}, right {Right}, bottom {Bottom}");
}
