namespace HkaFer.Training;

/// <summary>The model no longer gives numbers: what is in memory must not replace the last good checkpoint.</summary>
internal sealed class DivergedException(string message) : HkaFerException(message);
