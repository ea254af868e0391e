namespace HkaFer.Bench;

/// <summary>The frame of the plots: one style for light and dark pages, in a file that needs nothing else. Texts are this program's own.</summary>
internal static class Svg
{
    /// <summary>Colours in the order of series.</summary>
    private static readonly (string Light, string Dark)[] s_colours =
        [("#1f5fbf", "#7db0ff"), ("#c2561a", "#ff9d66"), ("#2f7d4f", "#6fcf97"), ("#7b3fa0", "#c79bea"), ("#6b6b6b", "#b5b5b5")];

    /// <summary>A whole file.</summary>
    public static string File(double width, double height, string title, string content) => FormattableString.Invariant($$"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img" aria-label="{{title}}">
        <style>
        svg { background: #fff; font: 12px system-ui, sans-serif; } text { fill: #222; } .title { font-weight: 600; font-size: 14px; } .mid { text-anchor: middle; }
        .end { text-anchor: end; } .grid { stroke: #ddd; } .guide { stroke: #999; stroke-dasharray: 4 4; }
        {{string.Concat(s_colours.Select((c, i) => $".s{i} {{ fill: {c.Light}; }}\n"))}}
        @media (prefers-color-scheme: dark) { svg { background: #16181c; } text { fill: #e6e6e6; } .grid { stroke: #3a3d44; } .guide { stroke: #888; }
        {{string.Concat(s_colours.Select((c, i) => $".s{i} {{ fill: {c.Dark}; }} "))}} }
        </style>
        <text class="title" x="16" y="24">{{title}}</text>
        {{content}}
        </svg>

        """);
}
