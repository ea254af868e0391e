namespace HkaFer.Data;

/// <summary>The facial expressions in the label order of the whole program; seven-class data leaves out the last.</summary>
public enum Expression
{
    /// <summary>No expression.</summary>
    Neutral,

    /// <summary>Cheeks and lip corners raised.</summary>
    Happiness,

    /// <summary>Brows, lids and mouth wide open.</summary>
    Surprise,

    /// <summary>Inner brows raised, lip corners down.</summary>
    Sadness,

    /// <summary>Brows lowered, lids and lips tight.</summary>
    Anger,

    /// <summary>Nose wrinkled, upper lip raised.</summary>
    Disgust,

    /// <summary>Brows raised and drawn together, mouth stretched.</summary>
    Fear,

    /// <summary>One lip corner tightened and raised.</summary>
    Contempt,
}
