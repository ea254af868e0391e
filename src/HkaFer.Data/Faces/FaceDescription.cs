namespace HkaFer.Data;

/// <summary>A drawn face in words, part by part, from what it was drawn with. It never names an expression.</summary>
public static class FaceDescription
{
    /// <summary>What each part may look like: brows, eyes, nose, corners of the mouth, lips, cheeks, pose.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Words { get; } =
    [
        ["at rest", "low and drawn together", "inner ends up", "inner ends up and drawn together", "high", "high and drawn together"],
        ["open", "drooping", "narrow", "wide"],
        ["smooth", "wrinkled"],
        ["level", "stretched", "corners down", "corners up"],
        ["closed", "pressed", "parted", "wide open", "upper lip raised"],
        ["flat", "raised"],
        ["straight", "up", "down", "turned left", "turned right"],
    ];

    /// <summary>The description of a face.</summary>
    public static string Of(FaceSpec spec)
    {
        string[] words = [.. Parts(spec).Select((word, part) => Words[part][word])];
        return $"brows: {words[0]}; eyes: {words[1]}; nose: {words[2]}; mouth: {words[3]}, {words[4]}; cheeks: {words[5]}; pose: {words[6]}";
    }

    /// <summary>Which of <see cref="Words"/> each part of a face looks like.</summary>
    public static int[] Parts(FaceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        FaceAction a = spec.Action;
        return
        [
            Brows(a),
            a[ActionUnit.LidRaise] > 0.35f ? 3 : a[ActionUnit.LidTighten] > 0.3f ? 2 : a[ActionUnit.LidDroop] > 0.12f ? 1 : 0,
            a[ActionUnit.NoseWrinkle] > 0.3f ? 1 : 0,
            a[ActionUnit.LipCornerPull] > 0.35f ? 3 : a[ActionUnit.LipCornerDepress] > 0.3f ? 2 : a[ActionUnit.LipStretch] > 0.35f ? 1 : 0,
            a[ActionUnit.UpperLipRaise] > 0.3f ? 4 : a[ActionUnit.JawDrop] > 0.35f ? 3 : a[ActionUnit.LipsPart] > 0.3f ? 2 : a[ActionUnit.LipPress] > 0.35f ? 1 : 0,
            a[ActionUnit.CheekRaise] > 0.3f ? 1 : 0,
            Pose(spec.Pose),
        ];
    }

    private static int Brows(FaceAction a)
    {
        int drawn = a[ActionUnit.BrowLower] > 0.3f ? 1 : 0;
        return a[ActionUnit.BrowOuterRaise] > 0.35f ? 4 + drawn : a[ActionUnit.BrowInnerRaise] > 0.35f ? 2 + drawn : drawn;
    }

    private static int Pose(FacePose pose) => pose.Yaw > 0.15f ? 4 : pose.Yaw < -0.15f ? 3 : pose.Pitch > 0.1f ? 2 : pose.Pitch < -0.1f ? 1 : 0;
}
