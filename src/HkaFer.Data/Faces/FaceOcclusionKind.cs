namespace HkaFer.Data;

/// <summary>What covers a part of a face.</summary>
public enum FaceOcclusionKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Clear glasses.</summary>
    Glasses,

    /// <summary>Dark glasses: the eyes cannot be seen.</summary>
    Sunglasses,

    /// <summary>Fingers over a cheek, the chin or part of the mouth.</summary>
    Hand,

    /// <summary>A plain bar across the picture, as a mask, a scarf or a censor's stripe is.</summary>
    Bar,

    /// <summary>Strands of hair over the brows; bald heads have none.</summary>
    Fringe,
}
