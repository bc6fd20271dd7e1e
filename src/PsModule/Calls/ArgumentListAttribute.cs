using System.Management.Automation;

namespace Torch2Jax.PsModule.Calls;

/// <summary>
/// Makes one argument of whatever is not a list of arguments: a .NET array of numbers, a list or a dictionary is a single
/// argument, and only <c>a, b</c> (an object[]) is two. Without it the shell would spread every array.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ArgumentListAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => Of(inputData)!;

    internal static object?[] Of(object? given) =>
        (given is PSObject wrapped ? wrapped.BaseObject : given) is object?[] several
        && several.GetType() == typeof(object[])
            ? several
            : [given];
}
