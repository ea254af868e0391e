using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// What keys a recipe has: the settable properties of its records in snake case. Files, overrides and code go through this one table and so
/// cannot drift.
/// </summary>
internal static class RecipeSchema
{
    internal const string KindKey = "kind";

    private static readonly ConcurrentDictionary<Type, IReadOnlyList<RecipeKey>> s_keys = new();
    private static readonly string[] s_routed = ["adapters", "router", "pooling", "group"];

    // Sections whose key `kind` decides which record follows.
    private static readonly Dictionary<Type, RecipeKind[]> s_kinds = new()
    {
        [typeof(MethodSettings)] =
        [
            Adapter("heka", () => new HeKA()),
            Adapter("hoka", () => new HoKA()),
            Adapter("krona", () => new HoKA { Adapters = 1 }, s_routed),
            Adapter("lora", () => new LoRA()),
            Adapter("dora", () => new DoRA()),
            Adapter("lokr", () => new LoKr()),
            Adapter("linear", () => null),
            Adapter("full", () => null),
        ],
        [typeof(OptimizerSettings)] =
            [Of("adam", () => new AdamSettings()), Of("adamw", () => new AdamWSettings()), Of("sgd", () => new SgdSettings())],
        [typeof(Schedule)] =
        [
            Of("constant", () => new ConstantSchedule()),
            Of("exponential", () => new ExponentialSchedule()),
            Of("step", () => new StepSchedule()),
            Of("cosine", () => new CosineSchedule()),
        ],
    };

    private static readonly MethodInfo s_copy = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.NonPublic | BindingFlags.Instance)!;

    /// <summary>The kinds of a section, or none.</summary>
    internal static IReadOnlyList<RecipeKind> KindsOf(Type type) => type == typeof(MethodSettings)
        ? [.. s_kinds[type], .. AdapterRegistry.Added.Select(create => Adapter(create().Method, create))]
        : s_kinds.GetValueOrDefault(type, []);

    /// <summary>The kind of a value, and the record that has its keys.</summary>
    internal static (RecipeKind Kind, object? Body) KindOf(Type type, object value)
    {
        if (value is MethodSettings method)
        {
            RecipeKind known = KindsOf(type).FirstOrDefault(k => k.Name == method.Kind) ?? throw new HkaFerException(
                $"recipe: method '{method.Kind}' is none that recipes know; make it known first: AdapterRegistry.Add");
            return (known, method.Adapter);
        }

        return (s_kinds[type].Single(k => k.Body == value.GetType()), value);
    }

    /// <summary>A record with the same values, to be changed in its place.</summary>
    internal static object? Copy(object? record) => record is null ? null : s_copy.Invoke(record, null);

    /// <summary>The keys of a record, those of the record itself before those that it inherits.</summary>
    internal static IReadOnlyList<RecipeKey> KeysOf(Type record) => s_keys.GetOrAdd(record, type =>
    [
        .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && !p.IsDefined(typeof(NotAKeyAttribute)))
            .OrderBy(p => Ancestors(type).IndexOf(p.DeclaringType!)).ThenBy(p => p.MetadataToken)
            .Select(p => new RecipeKey(Snake(p.Name), p)),
    ]);

    /// <summary>The keys of a kind.</summary>
    internal static IReadOnlyList<RecipeKey> KeysOf(RecipeKind kind) =>
        kind.Body is null ? [] : [.. KeysOf(kind.Body).Where(k => !kind.Hidden.Contains(k.Name))];

    /// <summary>The values of an enumeration by name; routers have the names of the paper.</summary>
    internal static IReadOnlyDictionary<string, object> NamesOf(Type enumeration) => Enum.GetValues(enumeration).Cast<object>()
        .ToDictionary(value => value is Router router ? router.ShortName() : Snake(value.ToString()!));

    /// <summary>The name of a value of an enumeration.</summary>
    internal static string NameOf(Enum value) => NamesOf(value.GetType()).Single(n => n.Value.Equals(value)).Key;

    /// <summary>Whether a type is a section of keys.</summary>
    internal static bool IsSection(Type type) =>
        s_kinds.ContainsKey(type) || (type.IsClass && type != typeof(string) && type != typeof(ClassWeights) && !IsList(type, out _));

    /// <summary>The key that a section's text alone stands for, or none.</summary>
    internal static string? ShorthandOf(Type section) => s_kinds.ContainsKey(section)
        ? KindKey
        : KeysOf(section) is [var first, ..] && first.Type == typeof(string) ? first.Name : null;

    internal static bool IsList(Type type, out Type element)
    {
        element = type.IsArray ? type.GetElementType()!
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
            : typeof(void);
        return element != typeof(void);
    }

    /// <summary>The parts of a pair such as [low, high], or none: a value type with a constructor of two numbers.</summary>
    internal static ConstructorInfo? PairOf(Type type) =>
        type.IsValueType && !type.IsPrimitive && !type.IsEnum && Nullable.GetUnderlyingType(type) is null
            ? type.GetConstructors().SingleOrDefault(c => c.GetParameters().Length == 2)
            : null;

    /// <summary>The two values of a pair, by the names of its constructor's parameters.</summary>
    internal static IEnumerable<object?> PartsOf(object pair) => PairOf(pair.GetType())!.GetParameters().Select(p =>
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;
        return pair.GetType().GetProperty(p.Name!, Any)?.GetValue(pair) ?? pair.GetType().GetField(p.Name!, Any)?.GetValue(pair);
    });

    internal static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static RecipeKind Of(string name, Func<object> create) => new(name, create, body => body!, []);

    private static RecipeKind Adapter(string name, Func<AdapterConfig?> create, params string[] hidden) =>
        new(name, create, body => new MethodSettings(name, (AdapterConfig?)body), hidden);

    private static List<Type> Ancestors(Type type)
    {
        var types = new List<Type>();
        for (Type? t = type; t is not null; t = t.BaseType)
        {
            types.Add(t);
        }

        return types;
    }
}

/// <summary>A key of a section.</summary>
internal sealed record RecipeKey(string Name, PropertyInfo Property)
{
    private static readonly NullabilityInfoContext s_nullability = new();

    internal Type Type => Property.PropertyType;

    /// <summary>Whether the key may say <c>null</c>.</summary>
    internal bool AllowsNull { get; } = Allows(Property);

    /// <summary>Whether the section means nothing without it.</summary>
    internal bool IsRequired => Property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute));

    private static bool Allows(PropertyInfo property)
    {
        // The context caches and is not safe for threads.
        lock (s_nullability)
        {
            return s_nullability.Create(property).WriteState == NullabilityState.Nullable;
        }
    }
}

/// <summary>One of the forms of a section.</summary>
/// <param name="Name">The value of the key <c>kind</c>.</param>
/// <param name="Create">A record with the defaults; none where the kind has no keys.</param>
/// <param name="Wrap">Makes the section of the record.</param>
/// <param name="Hidden">Keys of the record that the kind decides itself.</param>
internal sealed record RecipeKind(string Name, Func<object?> Create, Func<object?, object> Wrap, IReadOnlyList<string> Hidden)
{
    internal Type? Body { get; } = Create()?.GetType();
}
