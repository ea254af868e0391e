using System.Text.RegularExpressions;

namespace HkaFer.Adapters;

/// <summary>A regular expression of an adapter's config, matched as the PEFT library matches it.</summary>
internal sealed class PeftPattern
{
    // Paths are short: what takes longer is an expression that was made to take long. A busy machine alone has held a sound one for 100 ms.
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(500);

    private readonly Regex _regex;
    private readonly string _text;
    private readonly string _where;

    private PeftPattern(string text, string expression, string where)
    {
        (_text, _where) = (text.Length > 80 ? text[..80] + ".." : text, where);
        try
        {
            // Linear in time; what this engine has not (looking around and back) goes to the other one with a limit.
            _regex = new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, s_limit);
        }
        catch (NotSupportedException)
        {
            _regex = new Regex(expression, RegexOptions.CultureInvariant, s_limit);
        }
        catch (ArgumentException e)
        {
            throw new HkaFerException($"{where}: '{_text}' is not a regular expression ({e.Message})", e);
        }
    }

    /// <summary>Matches a whole path: <c>target_modules</c> and <c>exclude_modules</c> given as one text.</summary>
    internal static PeftPattern Whole(string text, string where) => new(text, $@"\A(?:{text})\z", where);

    /// <summary>Matches the end of a path from a name on: the keys of <c>rank_pattern</c> and <c>alpha_pattern</c>.</summary>
    internal static PeftPattern Ending(string text, string where) => new(text, $@"\A(?:.*\.)?(?:{text})\z", where);

    /// <summary>Finds the number of the layer in a path, behind a name or behind any.</summary>
    internal static PeftPattern LayerIndex(string? name, string where) =>
        new(name ?? "", $@"\A.*\.(?:{(string.IsNullOrEmpty(name) ? @"[^.]*" : name)})\.(\d+)\.", where);

    internal bool Matches(string path) => Run(path).Success;

    /// <summary>The number that <see cref="LayerIndex"/> finds, or null.</summary>
    internal int? Index(string path) => Run(path) is { Success: true } match && int.TryParse(match.Groups[^1].Value, out int index) ? index : null;

    private Match Run(string path)
    {
        try
        {
            return _regex.Match(path);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new HkaFerException($"{_where}: '{_text}' takes too long to match '{path}'; write a simpler expression or a list of names", e);
        }
    }
}
