namespace HkaFer.Training;

/// <summary>What a picture's maps show.</summary>
public enum ExplainMethod
{
    /// <summary><see cref="Explainer.ClassMap"/> by Grad-CAM.</summary>
    GradCam,

    /// <summary><see cref="Explainer.ClassMap"/> by Grad-CAM++.</summary>
    GradCamPlusPlus,

    /// <summary><see cref="Explainer.Rollout"/>.</summary>
    Rollout,

    /// <summary><see cref="Explainer.AdapterMaps"/>: Grad-CAM++ of each adapter.</summary>
    Adapters,

    /// <summary><see cref="Explainer.Contributions"/>.</summary>
    Contributions,

    /// <summary><see cref="Explainer.RouterMaps"/>.</summary>
    Routers,
}
