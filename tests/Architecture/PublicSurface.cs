using System.Reflection;
using System.Text;

namespace Torch2Jax.Architecture;

/// <summary>The public types and members of an assembly as sorted lines of text.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly
            .GetExportedTypes()
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Prepend(Head(type)));

    private static string Head(Type type)
    {
        var kind =
            type.IsEnum ? "enum"
            : IsRecord(type)
                ? type.IsValueType ? "record struct"
                    : type.IsAbstract ? "abstract record"
                    : "record"
            : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        var parents = new List<Type>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && !type.IsEnum)
        {
            parents.Add(parent);
        }

        parents.AddRange(
            type.GetInterfaces()
                .Where(face => face.IsVisible && face.Name != "IEquatable`1")
                .OrderBy(face => face.Name, StringComparer.Ordinal)
        );
        var suffix = parents.Count == 0 || type.IsEnum ? "" : " : " + string.Join(", ", parents.Select(Name));
        return $"{kind} {type.Namespace}.{Name(type)}{suffix}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            var names = type.GetFields(BindingFlags.Public | BindingFlags.Static);
            return names.Select(field => $"  {field.Name} = {field.GetRawConstantValue()}");
        }

        var members = type.GetMembers(Declared).Where(member => !IsObjects(member));
        return (IsRecord(type) ? members.Where(member => !IsMadeForRecord(member)) : members)
            .Select(Line)
            .OfType<string>()
            .Distinct();
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    // Every type has these; they would only lengthen the page.
    private static bool IsObjects(MemberInfo member) => member.Name is "GetHashCode" or "ToString" or "<Clone>$";

    // What the compiler adds to every record.
    private static bool IsMadeForRecord(MemberInfo member) =>
        member.Name
            is "Equals"
                or "PrintMembers"
                or "EqualityContract"
                or "Deconstruct"
                or "op_Equality"
                or "op_Inequality"
        || (
            member is ConstructorInfo made
            && made.GetParameters() is [{ } only]
            && only.ParameterType == made.DeclaringType
        );

    private static string? Line(MemberInfo member) =>
        member switch
        {
            ConstructorInfo { IsStatic: false } made when Visible(made) => $"  new({Parameters(made)})",
            MethodInfo { IsSpecialName: false } method
                when Visible(method) && !method.Name.Contains('.', StringComparison.Ordinal) =>
                $"  {Static(method)}{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
            MethodInfo { IsSpecialName: true } method
                when Visible(method) && method.Name.StartsWith("op_", StringComparison.Ordinal) =>
                $"  static {Name(method.ReturnType)} {method.Name}({Parameters(method)})",
            PropertyInfo property when property.GetMethod is { } getter && Visible(getter) =>
                $"  {Static(getter)}{Name(property.PropertyType)} {property.Name}{Index(property)} {{ get;{Setter(property)} }}",
            FieldInfo field when field.IsPublic || field.IsFamily =>
                $"  {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
            EventInfo { AddMethod: { } add } happening when Visible(add) =>
                $"  event {Name(happening.EventHandlerType!)} {happening.Name}",
            _ => null,
        };

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Setter(PropertyInfo property)
    {
        if (property.SetMethod is not { } setter || !Visible(setter))
        {
            return "";
        }

        var init = setter.ReturnParameter.GetRequiredCustomModifiers().Any(type => type.Name == "IsExternalInit");
        return init ? " init;" : " set;";
    }

    private static string Index(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } index ? $"[{string.Join(", ", index.Select(Parameter))}]" : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + (parameter.DefaultValue ?? "default") : "")}";

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsPointer || type.IsArray)
        {
            return Name(type.GetElementType()!)
                + (
                    type.IsByRef ? "&"
                    : type.IsPointer ? "*"
                    : "[]"
                );
        }

        var name = new StringBuilder();
        if (type.IsNested && !type.IsGenericParameter)
        {
            name.Append(Name(type.DeclaringType!)).Append('.');
        }

        name.Append(type.Name.Split('`')[0]);
        if (type.IsGenericType && type.Name.Contains('`', StringComparison.Ordinal))
        {
            name.Append('<').AppendJoin(", ", type.GetGenericArguments().Select(Name)).Append('>');
        }

        return name.ToString();
    }
}
