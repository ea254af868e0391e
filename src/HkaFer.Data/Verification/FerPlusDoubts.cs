namespace HkaFer.Data;

/// <summary>FERPlus faces that the majority rule keeps by a hair: the ten people who looked did not agree.</summary>
internal static class FerPlusDoubts
{
    /// <summary>The rule keeps a face above one half; up to this share of the votes it counts as doubtful.</summary>
    private const double Sure = 0.6;

    /// <summary>The doubt about votes, or null where they are clear or the face is dropped anyway.</summary>
    public static VoteDoubt? Of(ReadOnlySpan<int> votes)
    {
        if (FerPlusVotes.Majority(votes) is not { } best) return null;
        int sum = 0, second = -1;
        for (int i = 0; i < votes.Length; i++)
        {
            // Single votes are slips, here as in the rule.
            if (votes[i] <= 1) continue;
            sum += votes[i];
            if (i != best && i < Expressions.Names.Count && (second < 0 || votes[i] > votes[second])) second = i;
        }

        if (second < 0 || votes[best] > Sure * sum) return null;
        double entropy = 0;
        foreach (int vote in votes) entropy -= vote > 1 ? (double)vote / sum * Math.Log2((double)vote / sum) : 0;
        return new VoteDoubt(
            Expressions.Names[second], entropy,
            $"{votes[best]} of {sum} votes are for {Expressions.Names[best]}, {votes[second]} for {Expressions.Names[second]}");
    }
}
