namespace HkaFer.Training;

/// <summary>The numbers that the HKAFER paper prints, in percent, as its tables have them.</summary>
internal static class HkaFerPaper
{
    internal const string Name = "HKAFER, achieve visual parameter-efficient fine-tuning via heterogeneous Kronecker adaptation for facial expression recognition";

    internal const string Dino = "DINOv2-ViT-L/14", Clip = "CLIP-ViT-L/14", Ours = "HKAFER (Ours)";

    /// <summary>A row: its heading, method, backbone, trained weights and numbers.</summary>
    internal sealed record Row(string Group, string Method, string Backbone, string Trainable, params double?[] Values)
    {
        /// <summary>The number of a column; null where the paper has none, or no such column.</summary>
        internal double? Value(int column) => column < Values.Length ? Values[column] : null;
    }

    /// <summary>Table 1: RAF-DB, AffectNet, SFEW 2.0, ExpW, FERPlus.</summary>
    internal static IReadOnlyList<Row> Table1 { get; } =
    [
        new(Vfm, "RAN (Wang et al. 2020)", "ResNet18+VGG16", "", 86.90, 59.50, null, null, 89.16),
        new(Vfm, "TransFER (Xue, Wang, and Guo 2021)", "IR50+ViT", "", 90.91, 66.23, null, null, 90.83),
        new(Vfm, "PAT-Res101 (Cai et al. 2022)", "ResNet101", "", 88.43, null, 57.57, 72.93, null),
        new(Vfm, "EAC (Zhang et al. 2022)", "ResNet18", "23.52M", 89.99, 65.32, null, null, 89.64),
        new(Vfm, "APViT (Xue et al. 2022)", "IR50+ViT", "", 91.98, 66.91, 61.92, 73.48, 90.86),
        new(Vfm, "DAN (Wen et al. 2023)", "ResNet18", "19.72M", 89.70, 65.69, 57.88, null, null),
        new(Vfm, "FG-AGR (Li et al. 2023)", "CovNeXt", "", 90.81, 64.91, null, null, 91.09),
        new(Vfm, "LA-Net (Wu and Cui 2023)", "ResNet50", "55.44M", 91.56, 67.60, null, null, 91.78),
        new(Vfm, "JADFER (Gao et al. 2025)", "IR50+ViT", "77.89M", 92.31, 68.06, 63.53, 74.24, 90.66),
        new(Vfm, "QCS (Wang et al. 2025)", "IR50+ViT", "66.58M", 92.50, 67.94, null, null, 91.41),
        new(Vfm, Ours, Dino, "1.76M", 92.70, 67.66, 64.22, 74.81, 91.12),
        new(Vlm, "CAFE (Zhang et al. 2024)", "CLIP-ViT-B/32", "11.18M", 88.72, 64.87, 53.79, null, 89.51),
        new(Vlm, "CLIPER (Li et al. 2024)", "CLIP-ViT-B/16", "", 91.61, 66.29, null, null, null),
        new(Vlm, "CEPrompt (Zhou et al. 2024)", "CLIP-ViT-B/16", "32.29M", 92.43, 67.29, null, 74.37, null),
        new(Vlm, "CEPrompt (Zhou et al. 2024)", Clip, "56.50M", 93.96, 68.21, null, null, null),
        new(Vlm, Ours, Clip, "1.32M", 94.49, 68.54, 65.83, 76.13, 91.91),
    ];

    /// <summary>Table 2: occlusion, pose of 30 degrees and more, of 45 and more; CLIP.</summary>
    internal static IReadOnlyList<Row> Table2 { get; } =
    [
        new("RAF-DB", "RAN (2020)", "", "", 82.72, 86.74, 85.20),
        new("RAF-DB", "FG-AGR (2023)", "", "", 88.15, 91.02, 90.50),
        new("RAF-DB", "CEPrompt (2024)", "", "", 90.13, 91.70, 91.35),
        new("RAF-DB", "JADFER (2025)", "", "", 88.98, 91.34, 90.68),
        new("RAF-DB", Ours, "", "", 92.25, 93.66, 93.18),
        new("AffectNet", "RAN (2020)", "", "", 58.50, 53.90, 53.19),
        new("AffectNet", "FG-AGR (2023)", "", "", 64.24, 61.26, 61.15),
        new("AffectNet", "CEPrompt (2024)", "", "", 66.83, 64.28, 63.44),
        new("AffectNet", "JADFER (2025)", "", "", 65.15, 61.47, 62.26),
        new("AffectNet", Ours, "", "", 67.40, 65.16, 64.64),
        new("FERPlus", "RAN (2020)", "", "", 83.63, 82.23, 80.40),
        new("FERPlus", "FG-AGR (2023)", "", "", 85.79, 88.38, 87.52),
        new("FERPlus", "JADFER (2025)", "", "", 87.77, 89.74, 89.10),
        new("FERPlus", Ours, "", "", 90.25, 91.37, 91.00),
    ];

    /// <summary>Table 3: trained on RAF-DB and scored on AffectNet, the other way, and the mean; CLIP.</summary>
    internal static IReadOnlyList<Row> Table3 { get; } =
    [
        new("", "STSN (2021)", "", "", 48.49, 76.99, 62.74),
        new("", "KTN (2021)", "", "", 49.60, 76.53, 63.07),
        new("", "FG-AGR (2023)", "", "", 48.86, 74.79, 61.83),
        new("", "JADFER (2025)", "", "", 51.74, 78.39, 65.07),
        new("", Ours, "", "", 55.83, 84.65, 70.24),
    ];

    /// <summary>Table 4: routers; RAF-DB and ExpW, DINOv2.</summary>
    internal static IReadOnlyList<Row> Table4 { get; } =
    [
        new("", "Sum.", "", "1.55M", 92.28, 74.35),
        new("", "SB", "", "1.64M", 92.44, 74.61),
        new("", "RB", "", "1.75M", 92.54, 74.69),
        new("", "DBIR", "", "1.76M", 92.70, 74.81),
    ];

    /// <summary>Table 5: methods; RAF-DB and ExpW, DINOv2.</summary>
    internal static IReadOnlyList<Row> Table5 { get; } =
    [
        new("", "Full Fine-tune", "", "304.37M", 89.99, 73.22),
        new("", "LoRA, r = 32", "", "12.58M", 91.98, 74.18),
        new("", "HoKA, N = 4", "", "1.78M", 92.24, 74.42),
        new("", "HeKA, N = 4", "", "1.76M", 92.70, 74.81),
    ];

    private const string Vfm = "VFM-based methods", Vlm = "VLM-based methods";
}
