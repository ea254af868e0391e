namespace HkaFer.Data;

/// <summary>Cuts of hair.</summary>
public enum FaceHair
{
    /// <summary>None.</summary>
    Bald,

    /// <summary>Close to the skull.</summary>
    Short,

    /// <summary>Short and parted on one side.</summary>
    Parted,

    /// <summary>Around the ears down to the jaw.</summary>
    Bob,

    /// <summary>Down to the shoulders, parted in the middle.</summary>
    Long,

    /// <summary>A wide crown.</summary>
    Curly,
}
