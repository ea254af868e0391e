namespace HkaFer.Models;

/// <summary>
/// The printable character that byte-level vocabularies write for each byte (Radford et al. 2019): visible Latin-1 characters stand for themselves,
/// the other bytes, in their order, for U+0100 and on.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>The character of each byte.</summary>
    internal static IReadOnlyList<char> Characters { get; } = Make();

    private static readonly Dictionary<char, byte> s_bytes = Characters.Index().ToDictionary(c => c.Item, c => (byte)c.Index);

    /// <summary>The bytes that a token's characters stand for; those of its UTF-8 where one of them stands for none.</summary>
    internal static byte[] Bytes(string token) =>
        token.All(s_bytes.ContainsKey) ? [.. token.Select(c => s_bytes[c])] : System.Text.Encoding.UTF8.GetBytes(token);

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
