namespace HkaFer.Data;

/// <summary>Where in a picture a face is.</summary>
internal abstract record FaceRegion
{
    /// <summary>Largest coordinate that is believed, in pixels: pictures have at most 100 megapixels.</summary>
    protected const double Largest = 1e6;

    /// <summary>The face as a picture of its own.</summary>
    /// <param name="image">The whole picture.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ImageException">The region is not in the picture.</exception>
    public abstract Image Cut(Image image, string name);

    /// <summary>All that decides the result, so that data sets can be told apart.</summary>
    public abstract override string ToString();
}
