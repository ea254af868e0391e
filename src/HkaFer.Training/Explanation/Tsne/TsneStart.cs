namespace HkaFer.Training;

/// <summary>Where the points of t-SNE begin.</summary>
public enum TsneStart
{
    /// <summary>On the first two principal axes, made small: keeps the rough arrangement of the data and needs no seed (Kobak and Berens 2019).</summary>
    PrincipalAxes,

    /// <summary>Normal with deviation 1e-4, by the seed.</summary>
    Random,
}
