using System.Globalization;
using System.Text;

namespace HkaFer.Models;

/// <summary>What the patterns that cut text into words tell apart: <c>\p{L}</c>, <c>\p{N}</c>, <c>\s</c>, anything else.</summary>
internal enum CharacterClass
{
    Letter,
    Number,
    Space,
    Other,
}

/// <summary>Finds classes of whole code points.</summary>
internal static class CharacterClasses
{
    /// <summary>The class of the code point at a place, and its length in UTF-16 units.</summary>
    internal static CharacterClass At(string text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            _ when Rune.IsWhiteSpace(rune) => CharacterClass.Space,
            <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
            _ => CharacterClass.Other,
        };
    }

    /// <summary>Where a run of one class that may start at a place ends; the place itself where none starts there.</summary>
    internal static int EndOfRun(string text, int at, CharacterClass kind)
    {
        while (at < text.Length && At(text, at, out int length) == kind)
        {
            at += length;
        }

        return at;
    }
}
