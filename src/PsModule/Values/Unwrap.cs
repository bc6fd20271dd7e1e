using System.Management.Automation;

namespace Torch2Jax.PsModule.Values;

/// <summary>Values without the shell's wrapping; an object that is nothing but its properties stays as it is.</summary>
internal static class Unwrap
{
    public static object? Value(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject and var inner } ? inner : value;
}
