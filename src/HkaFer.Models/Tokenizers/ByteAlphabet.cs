namespace HkaFer.Models;

/// <summary>
/// The printable character that byte-level vocabularies write for each byte (Radford et al. 2019): visible Latin-1 characters stand for themselves,
/// the other bytes, in their order, for U+0100 and on.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>The character of each byte.</summary>
    internal static IReadOnlyList<char> Characters { get; } = Make();

    private static char[] Make()
    {
        var characters = new char[256];
        char next = '\u0100';
        for (int i = 0; i < characters.Length; i++)
        {
            characters[i] = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)i : next++;
        }

        return characters;
    }
}
