using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of the shape cache.</summary>
internal static class ShapeCacheDocs
{
    private const string Tag = "Shape cache";

    public static readonly OperationDoc List = new(
        "listShapeCache",
        Tag,
        "List a function's shape cache",
        "What is known of the output shapes, with hits and last use; it survives restarts."
    )
    {
        Parameters = [FunctionDocs.Reference],
        Answers = [new(200, "The entries, most used first.", "ShapeCache")],
        Errors = [ErrorCode.FunctionNotFound, ErrorCode.VersionNotFound, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Clear = new(
        "clearShapeCache",
        Tag,
        "Clear a function's shape cache",
        "Forgets all entries, of all its versions; the next calls are misses."
    )
    {
        Parameters = [FunctionDocs.Reference],
        Answers = [new(204, "It is empty; the header Torch2Jax-Cleared says how many entries there were.")],
        Errors = [ErrorCode.FunctionNotFound, ErrorCode.VersionNotFound, ErrorCode.RegistryUnavailable],
    };
}

/// <summary>Documentation of devices and health.</summary>
internal static class ServiceDocs
{
    private const string Tag = "Service";

    public static readonly OperationDoc Devices = new(
        "listDevices",
        Tag,
        "List devices",
        "The devices that functions can run on, their memory, and what calls use of it. `cpu:1`, `cpu:2` ... are virtual devices "
            + "on the processor and always exist. `usedBytes` is what this service holds, `limitBytes` what its calls may."
    )
    {
        Answers =
        [
            new(
                200,
                "The devices.",
                "Devices",
                """{"devices":[{"name":"cpu","title":"AMD EPYC 7B13","totalBytes":33670000000,"freeBytes":29340000000,"usedBytes":1310720,"limitBytes":26936000000,"inFlight":1}],"libtorch":"1.13.1","threads":1,"protections":[]}"""
            ),
        ],
    };

    public static readonly OperationDoc Live = new(
        "live",
        Tag,
        "Alive?",
        "200 as soon as the process answers, whatever its database does."
    )
    {
        Answers = [new(200, "The process answers.", "Health", """{"status":"live"}""")],
    };

    public static readonly OperationDoc Ready = new(
        "ready",
        Tag,
        "Ready?",
        "200 once the database has answered and the most used functions are warm; until then 503, and `parts` tells which "
            + "part is waited for. A database that goes away later does not change it: known functions go on answering, and "
            + "`parts.database` says `away`."
    )
    {
        Answers =
        [
            new(
                200,
                "Calls would be answered.",
                "Health",
                """{"status":"ready","parts":{"engine":"ready","database":"available","warmUp":"done","calls":"ready"},"database":"available","queuedWrites":0,"droppedWrites":0,"stuckCalls":0,"queues":[{"device":"cpu","running":1,"waiting":0}]}"""
            ),
        ],
        Errors = [ErrorCode.NotReady],
    };

    private const string Minute =
        "Rates and quantiles are of the last minute, `series` has the last three by steps of `stepSeconds`, oldest first "
        + "(null where nothing was called); `calls`, `failed` and `cache` count from the start.";

    public static readonly OperationDoc Statistics = new(
        "statistics",
        Tag,
        "Read how fast calls are answered",
        "What the page shows: the service's calls together, and each function version that was called, the last one first. "
            + Minute
    )
    {
        Parameters =
        [
            FunctionDocs.Prefix,
            new("limit", false, "integer", "Function versions, 1 to 1000; default 100."),
        ],
        Answers = [new(200, "The numbers.", "ServiceStatistics")],
    };

    public static readonly OperationDoc FunctionStatistics = new(
        "functionStatistics",
        Tag,
        "Read how fast a function answers",
        "Of the latest version, or of the one named. " + Minute
    )
    {
        Parameters = [FunctionDocs.Reference],
        Answers = [new(200, "The numbers.", "FunctionStatistics")],
        Errors = [ErrorCode.FunctionNotFound, ErrorCode.VersionNotFound, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Metrics = new(
        "metrics",
        Tag,
        "Metrics",
        "Prometheus text: answers by status, calls and their latency by function, the shape cache, queues, tensors, the database."
    )
    {
        Answers = [new(200, "The samples.") { Bytes = ["text/plain"] }],
    };
}
