namespace HkaFer.Models;

/// <summary>What of a backbone's tokens a classifier's head reads.</summary>
public enum HeadPooling
{
    /// <summary>The class token: d features (equation 15).</summary>
    ClassToken,

    /// <summary>The class token joined with the mean of the patch tokens: 2 d features, as the published DINOv2 classifiers.</summary>
    ClassTokenAndPatchMean,
}
