namespace HkaFer.Training;

/// <summary>How channels are weighed in a class activation map.</summary>
public enum CamMethod
{
    /// <summary>Grad-CAM (Selvaraju et al. 2017): by the mean of the channel's gradient.</summary>
    GradCam,

    /// <summary>Grad-CAM++ (Chattopadhyay et al. 2018): by its positive gradients, those counting most that stand alone; finds several places where Grad-CAM finds one.</summary>
    GradCamPlusPlus,
}
