using Torch2Jax.Batches;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;

namespace Torch2Jax.Client.Tests;

/// <summary>Batches, in this process and in a service.</summary>
[Collection(SessionsCollection.Name)]
public sealed class BatchTests(SessionsFixture sessions)
{
    private const string Slow = """
        def slow(x: Tensor) -> Tensor:
            y = x
            for i in range(20000):
                y = torch.sin(y) + x
            return y

        """;

    private const string Picky = """
        def picky(x: Tensor) -> Tensor:
            if bool((x < 0).any()):
                raise ValueError('negative')
            return x.sqrt()

        """;

    public static TheoryData<SessionKind> Kinds => [SessionKind.InProcess, SessionKind.Remote];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_batch_is_checked_made_run_listed_and_deleted(SessionKind kind)
    {
        var (session, files) = Prepare(kind, "batch_double", Calls.DoubleIt);
        files.Write("x.npy", 1, 2, 3);
        var manifest = BatchFiles.Manifest("batch_double");
        var preview = session.Batches.Check(manifest, files.Folder);
        Assert.Equal(new BatchPreview("numbers", "batch_double@1", 3, 1), preview);
        Assert.DoesNotContain(session.Batches.List(), batch => batch.Function == "batch_double@1");

        var made = session.Batches.Create(manifest, files.Folder);
        Assert.True(made.Created);
        var reports = new List<BatchReport>();
        var summary = BatchSummary.Run(session.Batches, made.Batch.Id, progress: new Heard(reports));

        Assert.Equal(BatchState.Completed, summary.Batch.State);
        Assert.Equal(new ChunkCounts(0, 0, 3, 0, 0), summary.Batch.Chunks);
        Assert.Empty(summary.Skipped);
        Assert.Equal([2, 4, 6], files.Read("y.npy"));
        Assert.Equal(3, reports[^1].Batch.Chunks.Completed);
        Assert.NotNull(summary.Batch.FinalizedAt);
        Assert.Equal(("numbers", "batch_double@1", 1L, 1), Facts(session.Batches.Get(made.Batch.Id)));
        Assert.Contains(session.Batches.List(5), batch => batch.Id == made.Batch.Id);
        Assert.Equal([0, 1, 2], session.Batches.Chunks(made.Batch.Id).Select(chunk => chunk.Index));

        session.Batches.Delete(made.Batch.Id);
        Refuses(ErrorCode.FunctionNotFound, () => session.Batches.Get(made.Batch.Id));
        Refuses(ErrorCode.FunctionNotFound, () => session.Batches.Delete(made.Batch.Id));
        Assert.True(File.Exists(files.PathOf("y.npy")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bad_manifest_is_refused_with_its_place_before_anything_is_made(SessionKind kind)
    {
        var (session, files) = Prepare(kind, "batch_double", Calls.DoubleIt);
        files.Write("x.npy", 1, 2, 3);
        var good = BatchFiles.Manifest("batch_double");
        foreach (
            var (manifest, code, path) in new[]
            {
                ("{", ErrorCode.MalformedRequest, null),
                (
                    good.Replace("x.npy", "gone.npy", StringComparison.Ordinal),
                    ErrorCode.MalformedRequest,
                    "inputs.x.array"
                ),
                (good.Replace("\"seed\"", "\"seeed\"", StringComparison.Ordinal), ErrorCode.MalformedRequest, "seeed"),
                (BatchFiles.Manifest("never_registered"), ErrorCode.FunctionNotFound, null),
                (good.Replace("y.npy", "x.npy", StringComparison.Ordinal), ErrorCode.Conflict, "output"),
            }
        )
        {
            Assert.Equal(path, Refuses(code, () => session.Batches.Check(manifest, files.Folder)).Path);
            Assert.Equal(path, Refuses(code, () => session.Batches.Create(manifest, files.Folder)).Path);
        }

        Assert.Equal(["x.npy"], Directory.EnumerateFiles(files.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_batch_is_stopped_and_resumed(SessionKind kind)
    {
        var (session, files) = Prepare(kind, "batch_slow", Slow);
        files.Write("x.npy", new float[200]);
        var made = session.Batches.Create(BatchFiles.Manifest("batch_slow"), files.Folder);
        BatchStatus? stopped = null;
        var summary = BatchSummary.Run(
            session.Batches,
            made.Batch.Id,
            progress: new Acting(report =>
            {
                if (report.Batch.Chunks.Completed > 0 && stopped is null)
                {
                    stopped = session.Batches.Cancel(made.Batch.Id);
                }
            })
        );
        Assert.Equal(BatchState.Cancelled, summary.Batch.State);
        Assert.InRange(summary.Batch.Chunks.Completed, 1, 199);
        Refuses(ErrorCode.Conflict, () => session.Batches.Cancel(made.Batch.Id));

        Assert.Equal(BatchState.Completed, session.Batches.Run(made.Batch.Id).State);
        Refuses(ErrorCode.Conflict, () => session.Batches.Resume(made.Batch.Id));
        Assert.Equal(200, files.Read("y.npy").Length);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bad_chunk_fails_the_batch_and_its_changed_input_must_be_accepted(SessionKind kind)
    {
        var (session, files) = Prepare(kind, "batch_picky", Picky);
        files.Write("x.npy", 4, -1, 9);
        var manifest = BatchFiles.Manifest("batch_picky", "\"retries\": 0,");
        var made = session.Batches.Create(manifest, files.Folder);
        var failed = BatchSummary.Run(session.Batches, made.Batch.Id);
        Assert.Equal(BatchState.Failed, failed.Batch.State);
        Assert.Equal(ErrorCode.ExecutionFailed, failed.Batch.Error!.Code);
        var bad = Assert.Single(failed.Skipped);
        Assert.Equal((1, ChunkState.Discarded), (bad.Index, bad.State));
        Assert.Contains("negative", bad.Error!.Message, StringComparison.Ordinal);

        var again = session.Batches.Create(manifest, files.Folder, reuseUnfinished: true);
        Assert.Equal((made.Batch.Id, false), (again.Batch.Id, again.Created));
        Assert.Equal(BatchState.Failed, session.Batches.Run(made.Batch.Id).State);
        files.Write("x.npy", 4, 1, 9);
        Refuses(ErrorCode.Conflict, () => session.Batches.Run(made.Batch.Id));
        Assert.Equal(BatchState.Completed, session.Batches.Run(made.Batch.Id, acceptChangedInputs: true).State);
        Assert.Equal([2, 1, 3], files.Read("y.npy"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bad_chunk_is_left_out_where_the_manifest_says_so(SessionKind kind)
    {
        var (session, files) = Prepare(kind, "batch_picky", Picky);
        files.Write("x.npy", 4, -1, 9);
        var manifest = BatchFiles.Manifest("batch_picky", "\"retries\": 0, \"onBadChunk\": \"skip\",");
        var made = session.Batches.Create(manifest, files.Folder);
        var summary = BatchSummary.Run(session.Batches, made.Batch.Id);
        Assert.Equal(BatchState.Completed, summary.Batch.State);
        Assert.Equal(1, Assert.Single(summary.Skipped).Index);
        Assert.Equal([2, float.NaN, 3], files.Read("y.npy"));
    }

    [Fact]
    public void Leaving_in_this_process_ends_in_order_and_the_next_run_goes_on()
    {
        var (session, files) = Prepare(SessionKind.InProcess, "batch_slow", Slow);
        files.Write("x.npy", new float[100]);
        var manifest = BatchFiles.Manifest("batch_slow");
        var made = session.Batches.Create(manifest, files.Folder);
        using var leaving = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            session.Batches.Run(
                made.Batch.Id,
                progress: new Acting(report =>
                {
                    if (report.Batch.Chunks.Completed > 0)
                    {
                        leaving.Cancel();
                    }
                }),
                cancellationToken: leaving.Token
            )
        );
        var left = session.Batches.Get(made.Batch.Id);
        Assert.Equal((BatchState.Running, 0), (left.State, left.Chunks.Running));
        Assert.InRange(left.Chunks.Completed, 1, 99);

        var again = session.Batches.Create(manifest, files.Folder, reuseUnfinished: true);
        Assert.Equal((made.Batch.Id, false), (again.Batch.Id, again.Created));
        Assert.Equal(BatchState.Completed, session.Batches.Run(again.Batch.Id).State);
        File.Delete(files.PathOf("y.npy"));
        Assert.True(session.Batches.Create(manifest, files.Folder, reuseUnfinished: true).Created);
    }

    [Fact]
    public void Leaving_a_services_batch_leaves_it_running()
    {
        var (session, files) = Prepare(SessionKind.Remote, "batch_slow", Slow);
        files.Write("x.npy", new float[100]);
        var made = session.Batches.Create(BatchFiles.Manifest("batch_slow"), files.Folder);
        using var leaving = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            session.Batches.Run(
                made.Batch.Id,
                progress: new Acting(_ => leaving.Cancel()),
                cancellationToken: leaving.Token
            )
        );
        Assert.Equal(BatchState.Completed, session.Batches.Run(made.Batch.Id).State);
        Assert.Equal(100, files.Read("y.npy").Length);
    }

    [Fact]
    public void A_services_schedule_is_added_shown_paused_run_and_removed_and_this_process_has_none()
    {
        Assert.Null(sessions.Session(SessionKind.InProcess).Schedules);
        var (session, files) = Prepare(SessionKind.Remote, "batch_double", Calls.DoubleIt);
        files.Write("x.npy", 1, 2);
        var schedules = session.Schedules!;
        var added = schedules.Add(
            new NewSchedule("live.schedule", BatchFiles.Manifest("batch_double"))
            {
                Cron = "0 30 2 * * ?",
                TimeZone = "Europe/Berlin",
                Misfire = MisfirePolicy.Skip,
                AllowOverlap = true,
                Folder = Path.GetFileName(files.Folder),
            }
        );
        Assert.Equal(
            ("0 30 2 * * ?", "Europe/Berlin", MisfirePolicy.Skip, true, false),
            (added.Cron, added.TimeZone, added.Misfire, added.AllowOverlap, added.Paused)
        );
        Assert.NotNull(added.NextFireAt);
        Refuses(
            ErrorCode.Conflict,
            () =>
                schedules.Add(
                    new NewSchedule("live.schedule", added.Manifest) { EverySeconds = 9, Folder = added.Folder }
                )
        );
        Refuses(ErrorCode.FunctionNotFound, () => schedules.Get("live.none"));
        Assert.Contains(schedules.List(), schedule => schedule.Name == "live.schedule");
        Assert.True(schedules.Pause("live.schedule").Paused);
        Assert.False(schedules.Resume("live.schedule").Paused);

        var made = schedules.Run("live.schedule");
        Assert.Equal("live.schedule", made.Schedule);
        Assert.NotNull(made.ScheduledAt);
        Assert.Equal(BatchState.Completed, session.Batches.Run(made.Id).State);
        Assert.Equal([2, 4], files.Read("y.npy"));
        var last = schedules.Get("live.schedule");
        Assert.Equal((made.Id, BatchState.Completed), (last.LastBatch, last.LastBatchState));
        Assert.Equal("live.schedule", session.Batches.Get(made.Id).Schedule);

        schedules.Remove("live.schedule");
        Refuses(ErrorCode.FunctionNotFound, () => schedules.Remove("live.schedule"));
        Assert.Equal("live.schedule", session.Batches.Get(made.Id).Schedule);
    }

    [Fact]
    public void A_batch_in_this_process_may_set_the_threads_and_they_are_set_back()
    {
        var (session, files) = Prepare(SessionKind.InProcess, "batch_double", Calls.DoubleIt);
        files.Write("x.npy", 1);
        var threads = session.Info.Threads;
        var manifest = BatchFiles
            .Manifest("batch_double")
            .Replace("\"threads\": 1", $"\"threads\": {threads + 1}", StringComparison.Ordinal);
        var made = session.Batches.Create(manifest, files.Folder);
        Assert.Equal(threads + 1, session.Batches.Run(made.Batch.Id).Threads);
        using var again = sessions.OpenInProcess();
        Assert.Equal(threads, again.Info.Threads);
    }

    private (IFunctionSession Session, BatchFiles Files) Prepare(SessionKind kind, string function, string source)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest(function, source));
        return (session, new BatchFiles(sessions.Root));
    }

    private static (string, string, long, int) Facts(BatchStatus batch) =>
        (batch.Name, batch.Function, batch.Seed, batch.Threads);

    private static EngineException Refuses(ErrorCode code, Action act)
    {
        var error = Assert.ThrowsAny<EngineException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }

    private sealed class Heard(List<BatchReport> reports) : IProgress<BatchReport>
    {
        public void Report(BatchReport value)
        {
            lock (reports)
            {
                reports.Add(value);
            }
        }
    }

    private sealed class Acting(Action<BatchReport> act) : IProgress<BatchReport>
    {
        public void Report(BatchReport value) => act(value);
    }
}
