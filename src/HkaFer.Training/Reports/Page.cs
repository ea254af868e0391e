using System.Text;

namespace HkaFer.Training;

/// <summary>
/// A page in one file: no script, nothing from a network (the policy in its head forbids both), light and dark as the reader's system is, for phones, screens
/// and paper. All style of pages and charts stands here.
/// </summary>
internal static class Page
{
    private const string Style = """
        :root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --muted: #57606a; --rule: #dfe3e8;
          --s1: #0b62c4; --s2: #b8500a; --s3: #217a3c; --s4: #8a3ab0; --s5: #b3225a; --s6: #08707d; --soft: #eef2f7; --most: 70%; }
        @media (prefers-color-scheme: dark) { :root { --page: #0e1116; --card: #161b22; --ink: #e6eaf0; --muted: #9aa5b4; --rule: #2b333e;
          --s1: #6cabff; --s2: #ffa263; --s3: #74d68c; --s4: #d0a2ff; --s5: #ff8db0; --s6: #5dd0de; --soft: #1d242d; --most: 50%; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 40px; }
        h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
        h2 { font-size: 18px; margin: 0 0 12px; }
        h3 { font-size: 15px; margin: 18px 0 8px; }
        p { margin: 0 0 12px; max-width: 75ch; }
        .muted, .lead { color: var(--muted); }
        .lead { margin-bottom: 18px; overflow-wrap: anywhere; }
        section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin: 0 0 16px; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: 10px; margin: 0 0 16px; }
        .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 11px 12px; }
        .tile b { display: block; font-size: 21px; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
        .tile span { display: block; color: var(--muted); font-size: 13px; }
        .status { display: inline-block; font-size: 13px; font-weight: 600; padding: 1px 10px; border-radius: 99px; border: 1px solid currentColor; vertical-align: 4px; margin-left: 8px; }
        .done { color: var(--s3); } .running { color: var(--s1); } .interrupted, .failed { color: var(--s2); }
        .banner { border-left: 4px solid var(--s2); background: var(--card); padding: 10px 14px; max-width: none; overflow-wrap: anywhere; }
        svg.sample { display: inline-block; width: 26px; height: 8px; vertical-align: 1px; }
        .two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 28px; align-items: start; }
        @media (max-width: 760px) { .two { grid-template-columns: minmax(0, 1fr); } main { padding: 18px 12px; } section { padding: 14px; } }
        figure { margin: 0; }
        figcaption, caption { text-align: left; font-weight: 600; font-size: 14px; padding: 0 0 6px; }
        svg { display: block; width: 100%; height: auto; overflow: visible; font-size: 12.5px; }
        svg text { fill: var(--ink); }
        .grid { stroke: var(--rule); stroke-width: 1; }
        svg text.tick { fill: var(--muted); font-variant-numeric: tabular-nums; } .end { text-anchor: end; } .mid { text-anchor: middle; }
        .line { fill: none; stroke: var(--c); stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
        .line.dashed { stroke-dasharray: 6 5; } .line.dotted { stroke-dasharray: 1 5; }
        .dot { fill: var(--c); stroke: var(--card); stroke-width: 1.5; }
        .lone { fill: none; stroke: var(--c); stroke-width: 2.25; }
        .mark { fill: none; stroke: var(--ink); stroke-width: 1.75; }
        svg text.name { fill: var(--c); font-weight: 600; }
        .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); }
        svg .muted { --c: var(--muted); }
        .reference { stroke: var(--muted); stroke-width: 1.25; stroke-dasharray: 3 4; }
        .at rect { fill: transparent; } .reading { visibility: hidden; pointer-events: none; } .at:hover .reading { visibility: visible; }
        .reading line { stroke: var(--muted); stroke-width: 1; } .reading text { font-weight: 600; white-space: pre; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
        rect.right { fill: var(--s1); } rect.gap { fill: var(--s2); fill-opacity: .32; stroke: var(--s2); stroke-dasharray: 3 2; } rect.count { fill: var(--muted); fill-opacity: .7; }
        .key { color: var(--muted); font-size: 13px; margin: 6px 0 14px; }
        .swatch { display: inline-block; width: 14px; height: 11px; margin: 0 4px 0 10px; border: 1px solid transparent; }
        .swatch.right { background: var(--s1); } .swatch.gap { background: color-mix(in srgb, var(--s2) 32%, transparent); border: 1px dashed var(--s2); }
        .swatch.unclaimed { background: color-mix(in srgb, var(--s2) 32%, var(--s1)); border: 1px dashed var(--s2); }
        .swatch.diagonal { height: 0; border: 0; border-top: 2px dashed var(--muted); vertical-align: 4px; }
        /* What lies beyond an edge throws a shadow on it: the covers move with the table, the shadows stay. */
        .scroll { overflow-x: auto; --shade: color-mix(in srgb, var(--muted) 55%, transparent); background:
          linear-gradient(90deg, var(--card) 40%, transparent) left / 40px 100% no-repeat local, linear-gradient(270deg, var(--card) 40%, transparent) right / 40px 100% no-repeat local,
          linear-gradient(90deg, var(--shade), transparent) left / 14px 100% no-repeat, linear-gradient(270deg, var(--shade), transparent) right / 14px 100% no-repeat; }
        .scroll::-webkit-scrollbar { height: 9px; } .scroll::-webkit-scrollbar-thumb { background: var(--muted); border-radius: 5px; }
        @media (max-width: 760px) { .scroll { border: 1px solid var(--muted); border-radius: 6px; } .scroll caption { padding: 6px 10px; } }
        .tall { max-height: 460px; overflow: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
        table.wide { width: 100%; }
        th, td { padding: 5px 10px; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: middle; }
        th { font-weight: 600; } thead th { color: var(--muted); font-size: 13px; vertical-align: bottom; }
        .tall thead th { position: sticky; top: 0; background: var(--card); }
        .n { text-align: right; } td.n { white-space: nowrap; }
        .path { overflow-wrap: anywhere; } td.path, th.path { min-width: 110px; } .run { white-space: nowrap; }
        .facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); margin: 10px 0 0; font-size: 14px; font-variant-numeric: tabular-nums; }
        .facts dt, .facts dd { margin: 0; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; } .facts dt { font-weight: 600; }
        @media (max-width: 760px) { .facts { grid-template-columns: minmax(0, 1fr); } .facts dt { border-bottom: 0; padding-bottom: 0; } }
        td.best { font-weight: 700; } td.best::after { content: " ◂"; color: var(--s3); }
        .heat td.h { text-align: center; width: 84px; min-width: 58px; border: 1px solid var(--card); background: color-mix(in srgb, var(--hue) calc(var(--v) * var(--most)), var(--soft)); }
        .heat td.h small { display: block; font-size: 11px; line-height: 1.2; }
        .heat td.hit { --hue: var(--s1); } .heat td.miss { --hue: var(--s2); }
        .heat thead th { text-align: center; } .heat thead th:first-child { text-align: left; }
        .bar { display: block; width: 100%; min-width: 90px; height: 9px; border-radius: 3px; background: var(--soft); }
        .bar i { display: block; height: 100%; border-radius: 3px; background: var(--s1); width: calc(var(--v) * 100%); }
        .sheet { width: 100%; max-width: 1100px; image-rendering: pixelated; border-radius: 8px; display: block; margin-bottom: 18px; }
        .frame { fill: none; stroke: var(--rule); } .ground { fill: none; } svg.pictures, svg.scatter { overflow: hidden; margin: 0 0 14px; } svg.scatter { max-width: 760px; } svg.pictures { min-width: 720px; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(118px, 1fr)); gap: 14px; }
        .gallery figure { border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; background: var(--soft); }
        .gallery img, .gallery .gone { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; }
        .gallery .gone { display: grid; place-items: center; color: var(--muted); font-size: 13px; }
        .gallery figcaption { padding: 7px 9px; font-weight: 400; font-size: 12.5px; line-height: 1.4; background: var(--card); overflow-wrap: anywhere; height: 100%; }
        .gallery b { display: block; } .aside { align-self: center; }
        .gallery .path { color: var(--muted); font-size: 11.5px; display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        details { margin-top: 12px; } summary { cursor: pointer; font-weight: 600; }
        pre { overflow: auto; background: var(--soft); padding: 12px 14px; border-radius: 8px; font-size: 13px; line-height: 1.45; max-height: 460px; }
        footer { color: var(--muted); font-size: 13px; }
        @media print { body { background: #fff; font-size: 12px; } section, .tile { break-inside: avoid; } .tall, pre { max-height: none; } main { max-width: none; padding: 0; }
          * { print-color-adjust: exact; } }
        """;

    /// <summary>What a page of ours has in its head; only such a file is ever replaced.</summary>
    private const string Mark = "<meta name=\"generator\" content=\"HkaFer\">";

    /// <summary>Far more than stands before the mark.</summary>
    private const int Head = 1024;

    /// <summary>Writes a page to a place that its user named, or that may hold another's file.</summary>
    /// <param name="path">The file; a page of ours is replaced, any other file is left alone.</param>
    /// <param name="page">The document.</param>
    /// <exception cref="HkaFerException">The file is another's, or cannot be written.</exception>
    internal static void Write(string path, string page)
    {
        if (File.Exists(path) && !HasMark(path))
        {
            throw new HkaFerException($"{path}: exists and was not written by this program; it stays as it is: name another file with --out");
        }

        AtomicFile.WriteText(path, page);
    }

    private static bool HasMark(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            var head = new byte[Head];
            return Encoding.UTF8.GetString(head, 0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)).Contains(Mark, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); name another file with --out", e);
        }
    }

    /// <summary>The whole document.</summary>
    internal static string Of(string title, Html body) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        {Html.Ours(Mark)}
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <link rel="icon" href="data:,">
        <title>{title}</title>
        <style>
        {StyleSheet}
        {Html.Ours(Svg.ClassStyle)}
        </style>
        </head>
        <body>
        <main>
        {body}
        <footer>Written by HkaFer {typeof(Page).Assembly.GetName().Version?.ToString(3)}. One file, no script, nothing from a network.</footer>
        </main>
        </body>
        </html>

        """).ToString();

    /// <summary>Text as it stands, for what is ours: the style sheet has quotes and brackets.</summary>
    private static Html StyleSheet => Html.Ours(Style);
}
