using System.Management.Automation;
using System.Reflection;
using Torch2Jax.PsModule.Cmdlets;

namespace Torch2Jax.PsModule.Tests.Support;

/// <summary>The cmdlets and their parameters, read by reflection.</summary>
internal static class CmdletTypes
{
    public static IReadOnlyDictionary<string, Type> All { get; } =
        typeof(SessionCmdlet)
            .Assembly.GetExportedTypes()
            .Where(type => type.GetCustomAttribute<CmdletAttribute>() is not null)
            .ToDictionary(NameOf);

    public static CmdletAttribute Attribute(Type type) => type.GetCustomAttribute<CmdletAttribute>()!;

    public static IEnumerable<PropertyInfo> Parameters(Type type) =>
        type.GetProperties().Where(property => property.GetCustomAttributes<ParameterAttribute>().Any());

    private static string NameOf(Type type) => $"{Attribute(type).VerbName}-{Attribute(type).NounName}";
}
