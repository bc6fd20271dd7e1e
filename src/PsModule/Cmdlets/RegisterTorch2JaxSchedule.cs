using System.Collections;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Batches;
using Torch2Jax.PsModule.Completion;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Adds a schedule to a service, which makes its batches by itself.</summary>
[Cmdlet(VerbsLifecycle.Register, "Torch2JaxSchedule", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(Schedule))]
public sealed class RegisterTorch2JaxSchedule : ScheduleCmdlet
{
    private const string ByPath = "Path";
    private const string ByManifest = "Manifest";

    /// <summary>The schedule's name.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The manifest as a JSON file of this machine.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = ByPath)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The manifest as a hashtable.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByManifest)]
    public IDictionary? Manifest { get; set; }

    /// <summary>When, as Quartz writes it: '0 30 2 * * ?' is every night at 2:30.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Cron { get; set; }

    /// <summary>Every so many seconds, instead of -Cron.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int EverySecond { get; set; }

    /// <summary>Whose clock -Cron means, an IANA name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string TimeZone { get; set; } = "UTC";

    /// <summary>What becomes of a firing that nobody was there for.</summary>
    [Parameter]
    [ValidateSet("FireOnce", "Skip")]
    public string Misfire { get; set; } = "FireOnce";

    /// <summary>What becomes of a time at which a batch of the schedule still runs.</summary>
    [Parameter]
    [ValidateSet("Skip", "Allow")]
    public string Overlap { get; set; } = "Skip";

    /// <summary>The folder of the service's machine that the manifest's paths start from; its first root without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Folder { get; set; }

    /// <summary>It waits until it is resumed.</summary>
    [Parameter]
    public SwitchParameter Paused { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var every = MyInvocation.BoundParameters.ContainsKey(nameof(EverySecond)) ? (int?)EverySecond : null;
        if (Cron is null == every is null)
        {
            var error = new ModuleException(
                "WhenIsNotClear",
                ErrorCategory.InvalidArgument,
                "A schedule has either -Cron or -EverySecond.",
                "Every night at 2:30 is -Cron '0 30 2 * * ?'."
            );
            ThrowTerminatingError(ErrorRecords.Of(error, Name));
        }

        var schedules = Schedules;
        var text = OrEnd(
            Name,
            () =>
                Manifest is not null
                    ? ManifestValues.Read(Manifest)
                    : ManifestValues.Read(GetUnresolvedProviderPathFromPSPath(Path))
        );
        var schedule = new NewSchedule(Name, text)
        {
            Cron = Cron,
            EverySeconds = every,
            TimeZone = TimeZone,
            Misfire = Enum.Parse<MisfirePolicy>(Misfire, ignoreCase: true),
            AllowOverlap = Overlap.Equals("Allow", StringComparison.OrdinalIgnoreCase),
            Folder = Folder,
            Paused = Paused,
        };
        if (
            ShouldProcess($"schedule {Name} in {Connection.Target}", "Register")
            && TryItem(Name, () => schedules.Add(schedule, StopToken), out var added)
        )
        {
            WriteObject(added);
        }
    }
}
