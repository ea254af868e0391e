using System.Text.Json;

namespace HkaFer.Adapters;

/// <summary>
/// Which modules an adapter's config picks, and which rank and alpha they get, by the PEFT library's rules: a text in <c>target_modules</c> matches the
/// whole path as a regular expression, a list by endings; <c>exclude_modules</c> likewise; <c>layers_to_transform</c> by the number of the block; the first
/// key of <c>rank_pattern</c> and of <c>alpha_pattern</c> that matches from a name on to the end.
/// </summary>
internal sealed class PeftSelection
{
    private const string AllLinear = "all-linear";
    private readonly string? _text;
    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<string> _excludedNames;
    private readonly PeftPattern? _pattern;
    private readonly PeftPattern? _excluded;
    private readonly IReadOnlyList<int>? _blocks;
    private readonly PeftPattern[] _blockNumbers;
    private readonly (PeftPattern Pattern, double Value)[] _ranks;
    private readonly (PeftPattern Pattern, double Value)[] _alphas;

    internal PeftSelection(JsonElement json, string where)
    {
        var reader = new AdapterJson(json, where);
        (_text, _names) = reader.TextOrStrings("target_modules");
        _pattern = _text is null or AllLinear ? null : PeftPattern.Whole(_text, $"{where}: target_modules");
        (string? excluded, _excludedNames) = reader.TextOrStrings("exclude_modules");
        _excluded = excluded is null ? null : PeftPattern.Whole(excluded, $"{where}: exclude_modules");
        _blocks = reader.Integers("layers_to_transform");
        (string? name, IReadOnlyList<string> names) = reader.TextOrStrings("layers_pattern");
        string?[] blockNames = name is not null ? [name] : names.Count > 0 ? [.. names] : [null];
        _blockNumbers = _blocks is null ? [] : [.. blockNames.Select(n => PeftPattern.LayerIndex(n, $"{where}: layers_pattern"))];
        _ranks = Patterns("rank_pattern", integers: true);
        _alphas = Patterns("alpha_pattern", integers: false);

        (PeftPattern, double)[] Patterns(string key, bool integers) =>
        [
            .. reader.Numbers(key).Select(p => integers && (p.Value < 1 || p.Value > 1 << 16 || p.Value != Math.Floor(p.Value))
                ? throw new HkaFerException($"{where}: {key} gives '{p.Key}' the rank {p.Value}; expected an integer from 1 to {1 << 16}")
                : (PeftPattern.Ending(p.Key, $"{where}: {key}"), p.Value)),
        ];
    }

    /// <summary>What picks the modules, for messages.</summary>
    internal string Text => _text ?? string.Join(", ", _names.Take(8));

    /// <summary>Whether a module is picked.</summary>
    /// <param name="path">Its path in the model that the library wraps, and so with the backbone's name in front where that is a part.</param>
    internal bool Picks(string path)
    {
        if (_excluded?.Matches(path) ?? _excludedNames.Any(name => Targets.Matches(path, name)))
        {
            return false;
        }

        return _text == AllLinear || (_pattern?.Matches(path) ?? (_names.Any(name => Targets.Matches(path, name)) && PicksBlock(path)));
    }

    /// <summary>The rank that a pattern gives, or null.</summary>
    internal int? Rank(string path) => (int?)Find(_ranks, path);

    /// <summary>The alpha that a pattern gives, or null.</summary>
    internal double? Alpha(string path) => Find(_alphas, path);

    private static double? Find((PeftPattern Pattern, double Value)[] patterns, string path)
    {
        foreach ((PeftPattern pattern, double value) in patterns)
        {
            if (pattern.Matches(path))
            {
                return value;
            }
        }

        return null;
    }

    private bool PicksBlock(string path) =>
        _blocks is null || (_blockNumbers.Select(p => p.Index(path)).FirstOrDefault(index => index is not null) is { } found && _blocks.Contains(found));
}
