using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace HkaFer.Training;

/// <summary>
/// A piece of HTML or SVG. What is interpolated into one is escaped, unless it is a piece itself: a class name or a path cannot become markup by
/// being forgotten.
/// </summary>
internal readonly struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary><c>Html.Of($"&lt;td>{name}&lt;/td>")</c>.</summary>
    internal static Html Of(Builder builder) => new(builder.ToText());

    /// <summary>Markup that stands in this program's source, as it is. Never for anything else.</summary>
    internal static Html Ours([ConstantExpected] string markup) => new(markup);

    /// <summary>Pieces one after another.</summary>
    internal static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p._text)));

    /// <summary>One piece an item.</summary>
    internal static Html Each<T>(IEnumerable<T> items, Func<T, Html> make) => Join(items.Select(make));

    public override string ToString() => _text ?? "";

    /// <summary>Takes the parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Builder
    {
        private readonly StringBuilder _text;

        public Builder(int literals, int holes) => _text = new StringBuilder(literals + (16 * holes));

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html piece) => _text.Append(piece._text);

        /// <summary>Text from anywhere.</summary>
        public void AppendFormatted(string? text)
        {
            foreach (char c in text ?? "")
            {
                _ = c switch
                {
                    '&' => _text.Append("&amp;"),
                    '<' => _text.Append("&lt;"),
                    '>' => _text.Append("&gt;"),
                    '"' => _text.Append("&quot;"),
                    '\'' => _text.Append("&#39;"),

                    // HTML has no form for control characters, and some browsers end the text at a zero.
                    < ' ' and not ('\n' or '\t') or '\u007f' => _text.Append('\uFFFD'),
                    _ => _text.Append(c),
                };
            }
        }

        public void AppendFormatted(int number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(long number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>A coordinate: a hundredth of a pixel is fine enough.</summary>
        public void AppendFormatted(double number) => AppendFormatted(number, "0.##");

        public void AppendFormatted(double number, string format) => _text.Append(number.ToString(format, CultureInfo.InvariantCulture));

        internal string ToText() => _text.ToString();
    }
}
