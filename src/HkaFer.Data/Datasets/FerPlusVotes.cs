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

    /// <summary>The label of a face, and the shares of the expressions where the rule makes soft labels.</summary>
    /// <returns>Null where the rule drops the face.</returns>
    public static (int Label, float[]? Shares)? Label(ReadOnlySpan<int> votes, FerPlusRule rule)
    {
        if (rule == FerPlusRule.Majority) return Majority(votes) is { } label ? (label, null) : null;
        Span<int> left = stackalloc int[Count], kept = stackalloc int[Count];
        for (int i = 0; i < Count; i++) left[i] = votes[i] <= 1 ? 0 : votes[i];
        bool some = rule == FerPlusRule.MultiTarget ? KeepLarge(left, kept) : KeepMost(left, kept);
        int best = IndexOfMax(kept);
        if (!some || best >= Expressions) return null;
        float sum = Sum(kept[..Expressions]);
        var shares = new float[Expressions];
        for (int i = 0; i < Expressions; i++) shares[i] = kept[i] / sum;
        return (best, shares);
    }

    /// <summary>
    /// The published rule of the distribution: the largest votes, equal ones together, until they are three quarters of all or three expressions,
    /// or until "unknown" or "not a face" is among them, which then does not count; the face is dropped where that is not more than half of all, or
    /// is more than three.
    /// </summary>
    private static bool KeepMost(Span<int> left, Span<int> kept)
    {
        int sum = Sum(left), part = 0, count = 0;
        bool valid = true;
        while (4 * part < 3 * sum && count < 3 && valid)
        {
            int most = left[IndexOfMax(left)];
            for (int i = 0; i < Count && valid; i++)
            {
                if (left[i] != most) continue;
                (kept[i], left[i]) = (most, 0);
                part += most;
                count++;
                if (i < Expressions) continue;
                valid = false;
                if (Sum(kept) <= most) continue;
                kept[i] = 0;
                count--;
            }
        }

        return 2 * Sum(kept) > sum && count <= 3;
    }

    /// <summary>The published rule of many targets: every vote of at least 30 %, if together they are more than half.</summary>
    private static bool KeepLarge(Span<int> left, Span<int> kept)
    {
        int sum = Sum(left);
        for (int i = 0; i < Count; i++) kept[i] = 10 * left[i] >= 3 * sum ? left[i] : 0;
        return 2 * Sum(kept) > sum;
    }

    private static int Sum(ReadOnlySpan<int> votes)
    {
        int sum = 0;
        foreach (int vote in votes) sum += vote;
        return sum;
    }

    private static int IndexOfMax(ReadOnlySpan<int> votes)
    {
        int best = 0;
        for (int i = 1; i < votes.Length; i++) best = votes[i] > votes[best] ? i : best;
        return best;
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
