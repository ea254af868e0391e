using System.Globalization;

namespace HkaFer.Training;

/// <summary>The methods by their names on the command line and in reports.</summary>
public static class ExplainMethods
{
    private static readonly (ExplainMethod Method, string Name, string Title)[] s_all =
    [
        (ExplainMethod.GradCam, "gradcam", "Grad-CAM"),
        (ExplainMethod.GradCamPlusPlus, "gradcam++", "Grad-CAM++"),
        (ExplainMethod.Rollout, "rollout", "attention rollout"),
        (ExplainMethod.Adapters, "adapters", "adapter"),
        (ExplainMethod.Contributions, "contributions", "added by adapter"),
        (ExplainMethod.Routers, "routers", "weight of adapter"),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(m => m.Name)];

    /// <summary>The name of a method: <c>gradcam++</c>.</summary>
    public static string Name(this ExplainMethod method) => s_all[(int)method].Name;

    /// <summary>The method of a name.</summary>
    /// <exception cref="HkaFerException">There is none of that name.</exception>
    public static ExplainMethod Parse(string name) => Array.FindIndex(s_all, m => m.Name == name) is >= 0 and int at
        ? s_all[at].Method : throw new HkaFerException($"explain: no method '{name}'; {Nearest.Hint(name, Names)}");

    /// <summary>What needs Kronecker adapters.</summary>
    public static bool NeedsAdapters(this ExplainMethod method) => method is ExplainMethod.Adapters or ExplainMethod.Contributions or ExplainMethod.Routers;

    /// <summary>The maps of a picture, each with its title, scaled to be drawn.</summary>
    /// <param name="explainer">Of the model.</param>
    /// <param name="method">What to show.</param>
    /// <param name="pixels">The picture, from <see cref="Explainer.Pixels"/>.</param>
    /// <param name="label">The class, for methods that ask for one.</param>
    /// <returns>Each on a scale of its own, from its least to its greatest value.</returns>
    /// <exception cref="HkaFerException">The model has not what the method shows.</exception>
    public static IReadOnlyList<TitledMap> Maps(this Explainer explainer, ExplainMethod method, ReadOnlySpan<float> pixels, int label)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        string title = s_all[(int)method].Title;
        return method switch
        {
            ExplainMethod.GradCam => [Titled(title, explainer.ClassMap(pixels, label))],
            ExplainMethod.GradCamPlusPlus => [Titled(title, explainer.ClassMap(pixels, label, CamMethod.GradCamPlusPlus))],
            ExplainMethod.Rollout => [Titled(title, explainer.Rollout(pixels))],
            ExplainMethod.Adapters => Numbered(explainer.AdapterMaps(pixels, label), _ => null),
            ExplainMethod.Contributions => Numbered(explainer.Contributions(pixels), m => string.Create(CultureInfo.InvariantCulture, $"{m.Values.Min():G2} to {m.Values.Max():G2}")),
            ExplainMethod.Routers => Numbered(explainer.RouterMaps(pixels), m => string.Create(CultureInfo.InvariantCulture, $"{100 * m.Values.Min():F1} to {100 * m.Values.Max():F1} %")),
            _ => throw new ArgumentOutOfRangeException(nameof(method)),
        };

        TitledMap[] Numbered(IReadOnlyList<HeatMap> maps, Func<HeatMap, string?> caption) => [.. maps.Select((map, i) => Titled($"{title} {i + 1}", map, caption(map)))];
    }

    private static TitledMap Titled(string title, HeatMap map, string? caption = null) => new(title, map.Scaled(), map.Values.Min(), map.Values.Max(), caption);
}
