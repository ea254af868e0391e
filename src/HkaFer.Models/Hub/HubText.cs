using System.Text;

namespace HkaFer.Models;

/// <summary>Text for messages.</summary>
internal static class HubText
{
    /// <summary>Text from outside as a message quotes it: without what moves a terminal's cursor, and not of any length.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (char letter in Nearest.Cut(text))
        {
            clean.Append(char.IsControl(letter) || letter is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') ? '?' : letter);
        }

        return clean.ToString();
    }
}
