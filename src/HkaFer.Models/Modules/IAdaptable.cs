namespace HkaFer.Models;

/// <summary>A backbone that adapters can stand on.</summary>
public interface IAdaptable
{
    /// <summary>Hidden width d, from which default sizes of adapters follow.</summary>
    int Width { get; }

    /// <summary>The layers that are adapted where no others are named: endings of their paths.</summary>
    IReadOnlyList<string> DefaultTargets { get; }
}
