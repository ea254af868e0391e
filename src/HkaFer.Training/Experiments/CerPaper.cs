namespace HkaFer.Training;

/// <summary>The numbers that the paper on compound expressions gives, in percent. It has no table; these stand in its text.</summary>
internal static class CerPaper
{
    internal const string Name = "Compound Expression Recognition via Large Vision-Language Models (arXiv 2503.11241)";

    internal const double CompoundAligned = 78.50, CompoundOriginal = 74.39, BasicAligned = 89.78, BasicOriginal = 87.84;

    /// <summary>Classes on the original images.</summary>
    internal static IReadOnlyDictionary<string, double> Original { get; } = new Dictionary<string, double>(StringComparer.Ordinal) { ["sadly surprised"] = 43.00 };

    /// <summary>Classes on images of which it does not say whether they are aligned.</summary>
    internal static IReadOnlyDictionary<string, double> Unsaid { get; } =
        new Dictionary<string, double>(StringComparer.Ordinal) { ["angrily disgusted"] = 94.10, ["angrily surprised"] = 50.20, ["sadly surprised"] = 52.40 };
}
