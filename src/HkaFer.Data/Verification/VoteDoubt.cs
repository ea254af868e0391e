namespace HkaFer.Data;

/// <summary>What the people who judged a picture say for another expression than its label.</summary>
/// <param name="Suspect">The expression with the second most votes.</param>
/// <param name="Entropy">Of the votes that count, in bits.</param>
/// <param name="Detail">The votes.</param>
internal readonly record struct VoteDoubt(string Suspect, double Entropy, string Detail);
