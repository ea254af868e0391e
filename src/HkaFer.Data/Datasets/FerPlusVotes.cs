using System.Globalization;

namespace HkaFer.Data;

/// <summary>The ten votes of a FERPlus face: the eight expressions in the program's label order, then unknown and "not a face".</summary>
internal static class FerPlusVotes
{
    public const int Count = 10;

    private const int Expressions = 8;

    /// <exception cref="HkaFerException">A vote is not a whole number from 0 to 100.</exception>
    public static int[] Parse(ReadOnlySpan<string> fields, string list, int line)
    {
        var votes = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            if (!int.TryParse(fields[i], NumberStyles.None, CultureInfo.InvariantCulture, out votes[i]) || votes[i] > 100)
            {
                throw new HkaFerException(
                    $"ferplus: '{list}' line {line}: vote {i + 1} is '{fields[i]}'; expected a whole number from 0 to 100");
            }
        }

        return votes;
    }

    /// <summary>
    /// The literature's majority rule: single votes are slips and do not count; the face is kept if more than half of what is left is for
    /// one expression.
    /// </summary>
    /// <returns>The label, or null where the face is dropped.</returns>
    public static int? Majority(ReadOnlySpan<int> votes)
    {
        int sum = 0, best = 0;
        for (int i = 0; i < Count; i++)
        {
            if (votes[i] <= 1) continue;
            sum += votes[i];
            if (votes[best] < votes[i]) best = i;
        }

        return best < Expressions && votes[best] > 1 && 2 * votes[best] > sum ? best : null;
    }
}
