using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Isolation.Tests;

namespace Torch2Jax.Client.Tests;

/// <summary>A function with isolation runs in a worker process, of this process as of a service.</summary>
[Collection(SessionsCollection.Name)]
public sealed class IsolationTests(SessionsFixture sessions)
{
    private const string Stuck = """
        def stuck(x: Tensor) -> Tensor:
            return torch.matmul(x.expand(9000, 9000), x.expand(9000, 9000))

        """;

    public static TheoryData<SessionKind> Kinds => [SessionKind.InProcess, SessionKind.Remote];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Isolation_is_part_of_a_version_and_is_told(SessionKind kind)
    {
        var session = sessions.Session(kind);
        var request = new RegistrationRequest("isolated", Calls.DoubleIt);
        Assert.Equal(FunctionIsolation.None, session.Register(request).Function.Isolation);
        var isolated = session.Register(request with { Isolation = FunctionIsolation.Process });
        Assert.Equal(
            (true, 2, FunctionIsolation.Process),
            (isolated.Created, isolated.Function.Version, isolated.Function.Isolation)
        );
        Assert.Equal(FunctionIsolation.Process, session.Describe("isolated").Isolation);
        using var result = session.Invoke("isolated", Calls.Of(Calls.Array(1, 2)));
        Assert.Equal([2, 4], Calls.Floats(result));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_archive_can_be_isolated(SessionKind kind)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "digits_mlp.pt"));
        var registered = sessions
            .Session(kind)
            .Register(
                new RegistrationRequest("archive.isolated", Archive: bytes, Isolation: FunctionIsolation.Process)
            );
        Assert.Equal(FunctionIsolation.Process, registered.Function.Isolation);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_ends_a_worker_is_an_error_of_its_call_alone(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("ending", Stuck, Isolation: FunctionIsolation.Process));
        session.Register(new RegistrationRequest("beside", Calls.DoubleIt, Isolation: FunctionIsolation.Process));
        var failing = Task.Run(() => session.Invoke("ending", Calls.Of(Calls.Array(1))));
        WorkerProcesses.Signal(WorkerProcesses.BusiestOf(Workers), "SEGV");
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => failing);
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains("SIGSEGV", error.Message, StringComparison.Ordinal);
        using var result = session.Invoke("beside", Calls.Of(Calls.Array(3)));
        Assert.Equal([6], Calls.Floats(result));
    }

    [Fact]
    public void Workers_end_with_their_session()
    {
        var before = Workers();
        using (var session = sessions.OpenInProcess())
        {
            session.Register(new RegistrationRequest("leaving", Calls.DoubleIt, Isolation: FunctionIsolation.Process));
            session.Invoke("leaving", Calls.Of(Calls.Array(1))).Dispose();
            Assert.NotEmpty(Workers().Except(before));
        }

        WorkerProcesses.Until(() => !Workers().Except(before).Any());
    }

    // The workers of both sessions: their template's parent is this process.
    private static int[] Workers()
    {
        var parents = Process
            .GetProcessesByName("torch2jax-worker")
            .Select(process => process.Id)
            .ToDictionary(pid => pid, ParentOf);
        return
        [
            .. parents
                .Where(one => parents.TryGetValue(one.Value, out var above) && above == Environment.ProcessId)
                .Select(one => one.Key)
                .Where(WorkerProcesses.Runs),
        ];
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
