namespace HkaFer.Training;

/// <summary>How large a picture is when a vision-language model reads it: it keeps its shape, and has so many pixels at least and at most.</summary>
public sealed record AnswerPictures
{
    /// <summary>224 x 224, 64 visual tokens of Qwen2-VL; a face needs no more, and the checkpoints' own limit is 256 times as much.</summary>
    public const int FacePixels = 224 * 224;

    /// <summary>Fewest pixels after resizing; the checkpoint's own limit where not given.</summary>
    public int? MinPixels { get; init; }

    /// <summary>Most pixels after resizing.</summary>
    public int MaxPixels { get; init; } = FacePixels;
}
