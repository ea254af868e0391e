using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>Short names of routers, as recipes, configs and tables write them.</summary>
public static class Routers
{
    /// <summary>A router's short name: <c>sum</c>, <c>sb</c>, <c>rb</c>, <c>dbir</c>.</summary>
    public static string ShortName(this Router router) => router switch
    {
        Router.Sum => "sum",
        Router.SpatialBranch => "sb",
        Router.RelationBranch => "rb",
        Router.DualBranch => "dbir",
        _ => throw new ArgumentOutOfRangeException(nameof(router)),
    };

    /// <summary>The router of a short name.</summary>
    /// <param name="name"><c>sum</c>, <c>sb</c>, <c>rb</c> or <c>dbir</c>.</param>
    /// <param name="where">What names it, for messages.</param>
    /// <exception cref="HkaFerException">There is none.</exception>
    public static Router Parse(string name, string where) => name switch
    {
        "sum" => Router.Sum,
        "sb" => Router.SpatialBranch,
        "rb" => Router.RelationBranch,
        "dbir" => Router.DualBranch,
        _ => throw new HkaFerException($"{where}: router is '{name}'; expected sum, sb, rb or dbir"),
    };
}
