namespace HkaFer.Training;

/// <summary>A drawing in a file of its own: light and dark as the reader's system is, no script, nothing from a network.</summary>
internal static class Svg
{
    /// <summary>Colours of classes; each has a marker of its own too, so that nothing hangs on colour alone.</summary>
    internal const int Colours = 8;

    /// <summary>Also part of pages (<see cref="Page"/>), where drawings stand inside.</summary>
    internal const string ClassStyle = """
        .k1 { --c: #0b62c4; } .k2 { --c: #d1590a; } .k3 { --c: #1d8649; } .k4 { --c: #8a3ab0; } .k5 { --c: #c2185b; } .k6 { --c: #07808f; } .k7 { --c: #8a6d00; } .k8 { --c: #5b6470; }
        @media (prefers-color-scheme: dark) { .k1 { --c: #6cabff; } .k2 { --c: #ff9a52; } .k3 { --c: #63d08a; } .k4 { --c: #c99bff; } .k5 { --c: #ff7fab; } .k6 { --c: #4fd3e3; } .k7 { --c: #e0c04a; } .k8 { --c: #a9b4c2; } }
        text.small { font-size: 11px; } .p { fill: var(--c); fill-opacity: .78; stroke: none; } .p.wrong { fill: none; stroke: var(--c); stroke-width: 1.3; }
        """;

    private const string Style = """
        svg { --card: #ffffff; --ink: #1b1f24; --muted: #57606a; --rule: #dfe3e8; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        @media (prefers-color-scheme: dark) { svg { --card: #161b22; --ink: #e6eaf0; --muted: #9aa5b4; --rule: #2b333e; } }
        .ground { fill: var(--card); } text { fill: var(--ink); } text.tick { fill: var(--muted); } text.mid { text-anchor: middle; } text.end { text-anchor: end; }
        .frame { fill: none; stroke: var(--rule); }
        """;

    /// <summary>The whole file.</summary>
    internal static string File(double width, double height, string title, Html body) => Html.Of($"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}">
        <title>{title}</title>
        <style>{Html.Ours(Style)}
        {Html.Ours(ClassStyle)}</style>
        <rect class="ground" width="{width}" height="{height}"/>
        {body}
        </svg>

        """).ToString();
}
