using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of schedules.</summary>
internal static class ScheduleDocs
{
    private const string Tag = "Schedules";

    private const string Nightly = """
        {"name":"nightly","cron":"0 30 3 * * ?","timeZone":"Europe/Berlin",
         "manifest":{"function":"cross_entropy","args":[{"$input":"logits"},{"$input":"labels"}],
          "inputs":{"logits":{"files":"logits/*.npy"},"labels":{"files":"labels/*.npy"}},
          "output":{"files":"loss/{date}/{stem}.npy"}}}
        """;

    private const string Often = """
        {"name":"often","everySeconds":300,"misfire":"skip","overlap":"skip",
         "manifest":{"function":"cross_entropy","args":[{"$input":"logits"},{"$input":"labels"}],
          "inputs":{"logits":{"files":"logits/*.npy"},"labels":{"files":"labels/*.npy"}},
          "output":{"files":"loss/{stem}.npy"},"overwrite":true}}
        """;

    private static readonly ParameterDoc Name = new("name", true, "string", "The schedule's name.", "nightly");

    public static readonly OperationDoc Create = new(
        "createSchedule",
        Tag,
        "Make a schedule",
        "Makes a batch of a manifest at each of its times: those of a Quartz cron expression (6 or 7 fields, seconds first) in a "
            + "time zone, or every so many seconds. The manifest is checked at once, and again at each firing. However many "
            + "instances there are, one firing makes one batch. docs/batches.md has missed and overlapping times."
    )
    {
        Bodies =
        [
            new(
                "application/json",
                "ScheduleRequest",
                ("nightly", "Each night at half past three, in Berlin", Nightly),
                ("often", "Every five minutes, none made up for", Often)
            ),
        ],
        Answers = [new(201, "It is stored, and fires; Location names it.", "Schedule")],
        Errors = [.. BatchDocs.OfManifest, ErrorCode.UnsupportedMediaType],
    };

    public static readonly OperationDoc List = new(
        "listSchedules",
        Tag,
        "List schedules",
        "By name, with when each fires next and what became of its last batch."
    )
    {
        Answers = [new(200, "The schedules.", "ScheduleList")],
        Errors = [ErrorCode.Forbidden, ErrorCode.RegistryUnavailable, ErrorCode.NotReady],
    };

    public static readonly OperationDoc Get = new(
        "getSchedule",
        Tag,
        "Describe a schedule",
        "When it fires next, and what became of its last batch."
    )
    {
        Parameters = [Name],
        Answers = [new(200, "The schedule.", "Schedule")],
        Errors = BatchDocs.Usual,
    };

    public static readonly OperationDoc Pause = new(
        "pauseSchedule",
        Tag,
        "Let a schedule rest",
        "It fires no more until it is resumed; a batch that runs goes on."
    )
    {
        Parameters = [Name],
        Answers = [new(200, "It rests.", "Schedule")],
        Errors = BatchDocs.Usual,
    };

    public static readonly OperationDoc Resume = new(
        "resumeSchedule",
        Tag,
        "Let a schedule fire again",
        "From its next time on; times that passed while it rested are not made up for."
    )
    {
        Parameters = [Name],
        Answers = [new(200, "It fires.", "Schedule")],
        Errors = [.. BatchDocs.Usual, ErrorCode.MalformedRequest],
    };

    public static readonly OperationDoc Run = new(
        "runSchedule",
        Tag,
        "Run a schedule now",
        "Makes its batch at once, beside its times, also where it rests."
    )
    {
        Parameters = [Name],
        Answers = [new(202, "The batch is stored, and will be worked on; Location names it.", "Batch")],
        Errors = BatchDocs.OfManifest,
    };

    public static readonly OperationDoc Delete = new(
        "deleteSchedule",
        Tag,
        "Forget a schedule",
        "Its batches stay, and go on where they run."
    )
    {
        Parameters = [Name],
        Answers = [new(204, "It is forgotten.")],
        Errors = BatchDocs.Usual,
    };
}
