using System.Numerics;

namespace HkaFer.Training;

/// <summary>What a model chooses among its classes.</summary>
internal static class Greatest
{
    /// <summary>Position of the greatest value, the first of equals; 0 where none is a number.</summary>
    internal static int Of<T>(ReadOnlySpan<T> row)
        where T : struct, INumber<T>
    {
        int top = 0;
        for (int i = 1; i < row.Length; i++)
        {
            top = row[i] > row[top] ? i : top;
        }

        return top;
    }
}
