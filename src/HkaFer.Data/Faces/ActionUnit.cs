namespace HkaFer.Data;

/// <summary>Movements of single facial muscles, named after the Facial Action Coding System (the number is its AU).</summary>
public enum ActionUnit
{
    /// <summary>AU 1: the inner ends of the brows rise.</summary>
    BrowInnerRaise,

    /// <summary>AU 2: the outer ends of the brows rise.</summary>
    BrowOuterRaise,

    /// <summary>AU 4: the brows lower and draw together.</summary>
    BrowLower,

    /// <summary>AU 5: the upper lids rise and show white above the iris.</summary>
    LidRaise,

    /// <summary>AU 6: the cheeks rise and push up the lower lids.</summary>
    CheekRaise,

    /// <summary>AU 7: both lids tighten.</summary>
    LidTighten,

    /// <summary>AU 9: the nose wrinkles.</summary>
    NoseWrinkle,

    /// <summary>AU 10: the upper lip rises and bares the teeth.</summary>
    UpperLipRaise,

    /// <summary>AU 12: the lip corners go up and outwards.</summary>
    LipCornerPull,

    /// <summary>AU 14: one lip corner tightens inwards (drawn on one side, as contempt has it).</summary>
    LipCornerTighten,

    /// <summary>AU 15: the lip corners go down.</summary>
    LipCornerDepress,

    /// <summary>AU 17: the chin boss pushes up the lower lip.</summary>
    ChinRaise,

    /// <summary>AU 20: the mouth stretches sideways.</summary>
    LipStretch,

    /// <summary>AU 24: the lips press together and thin.</summary>
    LipPress,

    /// <summary>AU 25: the lips part.</summary>
    LipsPart,

    /// <summary>AU 26: the jaw drops.</summary>
    JawDrop,

    /// <summary>AU 43: the upper lids close; small values droop them.</summary>
    LidDroop,
}
