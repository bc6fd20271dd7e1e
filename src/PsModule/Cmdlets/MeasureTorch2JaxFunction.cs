using System.Management.Automation;
using Torch2Jax.PsModule.Calls;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Measures latency and throughput of a call: the first one, then many.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Torch2JaxFunction")]
[OutputType(typeof(Torch2JaxMeasurement))]
public sealed class MeasureTorch2JaxFunction : CallCmdlet
{
    /// <summary>Calls after the first one.</summary>
    [Parameter]
    [ValidateRange(1, 10_000_000)]
    public int Count { get; set; } = 100;

    /// <summary>Calls at once.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var caller = new FunctionCaller(Session, Settings());
        var progress = new ProgressRecord(1, $"Measuring {Name}", "Calling");
        var shown = Environment.TickCount64;
        void Show(int done)
        {
            if (Environment.TickCount64 - shown > 500)
            {
                shown = Environment.TickCount64;
                progress.PercentComplete = (int)(100L * done / Count);
                WriteProgress(progress);
            }
        }

        var measurer = new Measurer(() => caller.Invoke(ArgumentList ?? [], StopToken), Show);
        if (TryItem(Name, () => measurer.Run(Count, ThrottleLimit, StopToken), out var measured))
        {
            WriteObject(measured);
        }

        progress.RecordType = ProgressRecordType.Completed;
        WriteProgress(progress);
    }
}
