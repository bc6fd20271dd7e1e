using System.Management.Automation;
using Torch2Jax.PsModule.Calls;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Finds the shapes of a call's outputs without running it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Torch2JaxFunction")]
[OutputType(typeof(Torch2JaxResult))]
public sealed class TestTorch2JaxFunction : CallCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var caller = new FunctionCaller(Session, Settings());
        if (TryItem(Name, () => caller.EvalShape(ArgumentList ?? [], StopToken), out var result))
        {
            Say(result);
            WriteObject(result);
        }
    }
}
