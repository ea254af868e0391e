namespace HkaFer.Data;

/// <summary>A rectangle of pixels.</summary>
readonly record struct Window(int Left, int Top, int Width, int Height);
