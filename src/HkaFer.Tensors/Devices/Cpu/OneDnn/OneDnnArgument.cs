using System.Runtime.InteropServices;

namespace HkaFer.Tensors;

/// <summary>An operand of a primitive, as the library reads it.</summary>
/// <param name="Index">Which operand.</param>
/// <param name="Memory">What <see cref="OneDnnLibrary.Wrap"/> made.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct OneDnnArgument(int Index, nint Memory)
{
    internal const int Source = 1, Destination = 17, Weights = 33, Bias = 41, Scratchpad = 80;
}
