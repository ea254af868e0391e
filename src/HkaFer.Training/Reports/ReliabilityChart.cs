using System.Text.Json;

namespace HkaFer.Training;

/// <summary>The reliability diagram: in each bin of confidence, the share that is right against what the model claimed, and how many predictions there are.</summary>
internal static class ReliabilityChart
{
    private const double Width = 480, Height = 380, Left = 56, Right = 20, Top = 16, Plot = 240, Gap = 22, Counts = 48;

    /// <summary>The chart, or nothing for a run that wrote no bins.</summary>
    /// <param name="metrics">With <c>calibration</c>: <c>count</c>, <c>confidence</c>, <c>accuracy</c> of equal bins from 0 to 1.</param>
    internal static Html Draw(JsonElement metrics)
    {
        IReadOnlyList<JsonElement> bins = metrics.Items("calibration");
        double most = bins.Select(b => b.Number("count") ?? 0).DefaultIfEmpty(0).Max();
        if (most == 0)
        {
            return default;
        }

        double each = (Width - Left - Right) / bins.Count, bottom = Top + Plot, floor = bottom + Gap + Counts;
        static double Y(double share) => Top + (Plot * (1 - share));
        Axis axis = Axis.Over([0, 1], percent: true);
        return Html.Of($"""
            <figure><figcaption>Calibration: how often it is right, by how sure it says it is</figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="Reliability diagram with {bins.Count} bins; expected calibration error {Figures.Percent(metrics.Number("ece"))}. {Said(bins)}">
            {Html.Each(axis.Ticks, t => Html.Of($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(t)}\" y2=\"{Y(t)}\"/><text class=\"tick end\" x=\"{Left - 8}\" y=\"{Y(t) + 4}\">{axis.Text(t)}</text><text class=\"tick mid\" x=\"{Left + (t * (Width - Left - Right))}\" y=\"{floor + 18}\">{axis.Text(t)}</text>"))}
            {Html.Each(bins.Index(), b => Bin(b.Item, Left + (b.Index * each), each))}
            <line class="reference" x1="{Left}" y1="{bottom}" x2="{Width - Right}" y2="{Top}"/>
            {Html.Each(bins.Index(), b => Html.Of($"<rect class=\"count\" x=\"{Left + (b.Index * each) + 2}\" width=\"{each - 4}\" y=\"{floor - (Counts * (b.Item.Number("count") ?? 0) / most)}\" height=\"{Counts * (b.Item.Number("count") ?? 0) / most}\"/>"))}
            <line class="grid" x1="{Left}" x2="{Width - Right}" y1="{floor}" y2="{floor}"/>
            <text class="tick end" x="{Left - 8}" y="{floor - Counts + 8}">{Figures.Whole(most)}</text><text class="tick end" x="{Left - 8}" y="{floor}">0</text>
            <text class="tick mid" x="{Left + ((Width - Left - Right) / 2)}" y="{Height - 6}">probability of the predicted class; below: pictures in each bin</text>
            {Html.Each(bins.Index(), b => Reading(b.Item, b.Index, bins.Count, Left + (b.Index * each), each, floor))}
            </svg>
            <p class="key"><span class="swatch right"></span> share that is right <span class="swatch gap"></span> claimed too much <span class="swatch unclaimed"></span> claimed too little <span class="swatch diagonal"></span> perfect</p></figure>
            """);

        static Html Bin(JsonElement bin, double x, double width)
        {
            if (bin.Number("accuracy") is not { } accuracy || bin.Number("confidence") is not { } confidence)
            {
                return default;
            }

            double low = Math.Min(accuracy, confidence), high = Math.Max(accuracy, confidence);
            return Html.Of($"""
                <rect class="right" x="{x + 2}" width="{width - 4}" y="{Y(accuracy)}" height="{Plot * accuracy}"/><rect class="gap" x="{x + 3}" width="{width - 6}" y="{Y(high)}" height="{Plot * (high - low)}"/>
                """);
        }

        static Html Reading(JsonElement bin, int index, int count, double x, double width, double floor) => (bin.Number("count") ?? 0) == 0 ? default : Html.Of($"""
            <g class="at"><rect x="{x}" y="{Top}" width="{width}" height="{floor - Top}"/><g class="reading"><text x="{Left + 8}" y="{Top + 14}">{Range(index, count)}: {Figures.Whole(bin.Number("count"))} pictures, right {Figures.Percent(bin.Number("accuracy"))}, claimed {Figures.Percent(bin.Number("confidence"))}</text></g></g>
            """);
    }

    private static string Range(int index, int count) => $"{Figures.Plain(100.0 * index / count, "0")} to {Figures.Plain(100.0 * (index + 1) / count, "0")} %";

    private static string Said(IReadOnlyList<JsonElement> bins) => string.Join("; ", bins.Index().Where(b => b.Item.Number("count") > 0).Select(b =>
        $"{Range(b.Index, bins.Count)}: {Figures.Whole(b.Item.Number("count"))} pictures, {Figures.Percent(b.Item.Number("accuracy"))} right"));
}
