namespace HkaFer.Data;

/// <summary>A drawn face in words, part by part, from what it was drawn with. It never names an expression.</summary>
public static class FaceDescription
{
    /// <summary>The description of a face.</summary>
    public static string Of(FaceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        FaceAction a = spec.Action;
        return $"brows: {Brows(a)}; eyes: {Eyes(a)}; nose: {(a[ActionUnit.NoseWrinkle] > 0.3f ? "wrinkled" : "smooth")}; mouth: {Mouth(a)}; "
            + $"cheeks: {(a[ActionUnit.CheekRaise] > 0.3f ? "raised" : "flat")}; pose: {Pose(spec.Pose)}";
    }

    private static string Brows(FaceAction a)
    {
        string drawn = a[ActionUnit.BrowLower] > 0.3f ? " and drawn together" : "";
        return a[ActionUnit.BrowOuterRaise] > 0.35f ? $"high{drawn}"
            : a[ActionUnit.BrowInnerRaise] > 0.35f ? $"inner ends up{drawn}"
            : drawn.Length > 0 ? "low and drawn together" : "at rest";
    }

    private static string Eyes(FaceAction a) => a[ActionUnit.LidRaise] > 0.35f ? "wide"
        : a[ActionUnit.LidTighten] > 0.3f ? "narrow"
        : a[ActionUnit.LidDroop] > 0.12f ? "drooping" : "open";

    private static string Mouth(FaceAction a)
    {
        string corners = a[ActionUnit.LipCornerPull] > 0.35f ? "corners up"
            : a[ActionUnit.LipCornerDepress] > 0.3f ? "corners down"
            : a[ActionUnit.LipStretch] > 0.35f ? "stretched" : "level";
        string lips = a[ActionUnit.UpperLipRaise] > 0.3f ? "upper lip raised"
            : a[ActionUnit.JawDrop] > 0.35f ? "wide open"
            : a[ActionUnit.LipsPart] > 0.3f ? "parted"
            : a[ActionUnit.LipPress] > 0.35f ? "pressed" : "closed";
        return $"{corners}, {lips}";
    }

    private static string Pose(FacePose pose) => pose.Yaw > 0.15f ? "turned right" : pose.Yaw < -0.15f ? "turned left"
        : pose.Pitch > 0.1f ? "down" : pose.Pitch < -0.1f ? "up" : "straight";
}
