using System.Globalization;

namespace HkaFer.Data;

/// <summary>
/// Five points of a face in pixels of the upright picture: left and right eye, nose, left and right corner of the mouth, as seen in the picture.
/// The face is turned, scaled and shifted so that they come to rest where those of a frontal face are.
/// </summary>
internal sealed record FaceLandmarks : FaceRegion
{
    /// <summary>Edge of the aligned face in pixels: what models are fed with.</summary>
    public const int Size = 224;

    /// <summary>Where the points of a face of 112 x 112 pixels are: the template of ArcFace (Deng et al. 2019), as face recognition uses it.</summary>
    public static IReadOnlyList<(double X, double Y)> Template { get; } =
        [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];

    /// <summary>The template at <see cref="Size"/>; the centre of the first pixel is 0.</summary>
    private static readonly (double X, double Y)[] s_target =
        [.. Template.Select(p => (((p.X + 0.5) * Size / 112) - 0.5, ((p.Y + 0.5) * Size / 112) - 0.5))];

    private readonly (double X, double Y)[] _points;

    /// <exception cref="HkaFerException">A number is none that a picture has, or the points are all in one place.</exception>
    public FaceLandmarks(ReadOnlySpan<(double X, double Y)> points, string where)
    {
        _points = points.ToArray();
        // Written so that NaN fails.
        if (_points.Length != Template.Count || !_points.All(p => Math.Abs(p.X) <= Largest && Math.Abs(p.Y) <= Largest) || !(Transform(_points).Scale < 1e3))
        {
            throw new HkaFerException($"{where}: no landmarks of a face: {this}; expected two eyes, nose and two corners of the mouth, in pixels");
        }
    }

    public override Image Cut(Image image, string name)
    {
        double x = _points.Average(p => p.X), y = _points.Average(p => p.Y);
        if (!(x >= 0 && y >= 0 && x < image.Width && y < image.Height))
        {
            throw ImageException.In(name, $"the face's landmarks ({this}) are not within its {image.Width} x {image.Height} pixels; correct the list or take the line out");
        }

        var transform = Transform(_points);
        if (transform.Scale >= 0.5) return transform.Warp(image, Size);

        // Four pixels are looked at for one of the result: more than two times smaller, and details would turn into false ones. A filtered resize goes first.
        int width = Shrunk(image.Width), height = Shrunk(image.Height);
        var points = Array.ConvertAll(
            _points, p => (((p.X + 0.5) * width / image.Width) - 0.5, ((p.Y + 0.5) * height / image.Height) - 0.5));
        return Transform(points).Warp(image.Resize(width, height), Size);

        int Shrunk(int length) => Math.Max(1, (int)Math.Round(length * transform.Scale));
    }

    public override string ToString() => string.Join("; ", _points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X}, {p.Y}")));

    public bool Equals(FaceLandmarks? other) => other is not null && _points.AsSpan().SequenceEqual(other._points);

    public override int GetHashCode() => _points[0].GetHashCode();

    private static Similarity Transform((double X, double Y)[] points) => Similarity.Between(points, s_target);
}
