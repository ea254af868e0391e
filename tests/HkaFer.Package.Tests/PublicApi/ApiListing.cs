using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace HkaFer.Package.Tests.PublicApi;

/// <summary>What an assembly shows to those who use it: a line a type, an indented line a member, always in the same order.</summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(ushort)] = "ushort", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(nint)] = "nint",
    };

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetTypes().Where(IsVisible).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Line(type)).Append('\n');
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static bool IsVisible(Type type) => type.IsNested
        ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
        : type.IsPublic;

    private static string Line(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

        // What a type says of its equality to the compiler is no promise of ours.
        IEnumerable<Type> above = type.GetInterfaces().Where(i => i.IsVisible && !i.Name.StartsWith("IEquatable", StringComparison.Ordinal));
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
        {
            above = above.Except(parent.GetInterfaces()).Prepend(parent);
        }

        string bases = type.IsEnum ? "" : string.Join(", ", above.Select(Name));
        return $"{kind} {type.Namespace}.{Name(type)}{(bases.Length > 0 ? $" : {bases}" : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        }

        IEnumerable<string> constructors = type.GetConstructors(Declared).Where(c => IsVisible(c)).Select(c => $"{Access(c)}new({Parameters(c)})");
        IEnumerable<string> methods = type.GetMethods(Declared)
            .Where(m => IsVisible(m) && !IsMade(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)) && !IsOverride(m))
            .Select(m => $"{Access(m)}{Name(m.ReturnType)} {m.Name}{Generic(m)}({Parameters(m)})");
        IEnumerable<string> properties = type.GetProperties(Declared)
            .Where(p => p.GetAccessors(nonPublic: true).Any(a => IsVisible(a) && !IsOverride(a)) && p.Name != "EqualityContract").Select(Property);
        IEnumerable<string> fields = type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly)
            .Select(f => $"{(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name}");
        return [.. constructors, .. methods, .. properties, .. fields];
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // What the compiler makes for records.
    private static bool IsMade(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name == "<Clone>$";

    // The member that is overridden is in the list.
    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition().DeclaringType != method.DeclaringType;

    private static string Access(MethodBase method) =>
        (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");

    private static string Property(PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(a => IsVisible(a))];
        string index = string.Join(", ", property.GetIndexParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"));
        IEnumerable<string> kinds = accessors.Select(a => a.ReturnType != typeof(void) ? "get"
            : a.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init" : "set");
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{Access(accessors[0])}{required}{Name(property.PropertyType)} {(index.Length > 0 ? $"this[{index}]" : property.Name)} {{ {string.Join("; ", kinds)} }}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsDefined(typeof(ParamArrayAttribute)) || p.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {Value(p.RawDefaultValue)}" : "")}"));

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray || type.IsPointer)
        {
            return Name(type.GetElementType()!) + (type.IsByRef ? "&" : type.IsArray ? "[]" : "*");
        }

        if (s_keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Name(inner) + "?";
        }

        string name = (type.IsNested && !type.IsGenericParameter ? type.DeclaringType!.Name + "." : "") + type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
