using Torch2Jax.Arrays;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Client.Tests;

/// <summary>What holds for a session whatever is behind it.</summary>
[Collection(SessionsCollection.Name)]
public sealed class BothSessionsTests(SessionsFixture sessions)
{
    public static TheoryData<SessionKind> Kinds => [SessionKind.InProcess, SessionKind.Remote];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_function_is_registered_described_called_and_deleted(SessionKind kind)
    {
        var session = sessions.Session(kind);
        var request = new RegistrationRequest(
            "both_sides",
            "def both_sides(x: Tensor, n: int) -> Dict[str, Tensor]:\n    return {\"a\": x * n}\n",
            ExampleArgs: [Calls.Shape(2), Calls.Value(3L)],
            VmapMethod: VmapMethods.ExpandDims,
            Nondiff: new NondiffOption([0], null),
            Description: "Zwölf \"Wörter\""
        );
        var first = session.Register(request);
        Assert.True(first.Created);
        Assert.False(session.Register(request).Created);

        var described = session.Describe("both_sides@1");
        Assert.Equal(
            ("both_sides", 1, "both_sides", false),
            (described.Name, described.Version, described.Entry, described.IsArchive)
        );
        Assert.Equal("float32[2]", described.ShapeKey);
        Assert.Equal("Zwölf \"Wörter\"", described.Description);
        Assert.Equal(VmapMethods.ExpandDims, described.VmapMethod);
        Assert.Equal([0], described.Nondiff!.Argnums!);
        Assert.Equal(new ShapeDtypeStruct(DType.Float32, 2), described.ExampleArgs![0].Leaves[0]);
        Assert.Equal(new StaticValue(3L), described.ExampleArgs[1].Leaves[0]);
        Assert.Equal(new ShapeDtypeStruct(DType.Float32, 2), described.OutputShapes!.Leaves[0]);
        Assert.Equal(64, described.Sha256.Length);
        Assert.Equal(request.Source, session.Source("both_sides").Source);
        Assert.Equal([1], session.Versions("both_sides").Select(version => version.Version));

        using (var result = session.Invoke("both_sides", Calls.Of(Calls.Array(1, 2), Calls.Value(3L))))
        {
            Assert.Equal([3, 6], Calls.Floats(result));
            Assert.Equal("PyTreeDef({'a': *})", result.Outputs.Structure.ToString());
            Assert.Equal("both_sides@1", result.Function);
        }

        var shapes = session.EvalShape("both_sides", Calls.Of(Calls.Shape(7), Calls.Value(3L)));
        Assert.Equal("float32[7]", shapes.Outputs.Leaves[0].ToString());

        session.Delete("both_sides");
        Assert.Equal(
            ErrorCode.FunctionNotFound,
            Assert.ThrowsAny<EngineException>(() => session.Describe("both_sides")).Code
        );
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Lists_go_on_over_the_edge_of_a_page(SessionKind kind)
    {
        var session = sessions.Session(kind);
        var names = Enumerable.Range(0, 203).Select(i => $"paged.{i:D3}").ToList();
        foreach (var name in names)
        {
            session.Register(new RegistrationRequest(name, Calls.DoubleIt));
        }

        Assert.Equal(names, session.List("paged.").Select(function => function.Name));
        Assert.Equal(names[..3], session.List("paged.").Take(3).Select(function => function.Name));
        Assert.Empty(session.List("none of these"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_archive_goes_there_and_comes_back_unchanged(SessionKind kind)
    {
        var session = sessions.Session(kind);
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "digits_mlp.pt"));
        var registered = session.Register(
            new RegistrationRequest(
                "archive.digits",
                Archive: bytes,
                Functional: false,
                ExampleArgs: [Calls.Shape(1, 64)],
                Description: "a & b = c"
            )
        );
        Assert.True(registered.Function.IsArchive);
        Assert.Equal("a & b = c", registered.Function.Description);
        Assert.Equal(bytes, session.Source("archive.digits@1").Archive!.Value.ToArray());
        Assert.Equal("float32[1, 10]", registered.Function.OutputShapes!.Leaves[0].ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_shape_cache_is_shown_and_cleared(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("cached", Calls.DoubleIt));
        session.Invoke("cached", Calls.Of(Calls.Array(1, 2, 3))).Dispose();
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        IReadOnlyList<ShapeCacheEntry> entries;
        do
        {
            // Entries are written in the background.
            entries = session.ShapeCache("cached", stop.Token);
        } while (entries.Count == 0);

        Assert.Equal(("cached@1", "float32[3]", "cpu"), (entries[0].Function, entries[0].ShapeKey, entries[0].Device));
        Assert.Equal("float32[3]", entries[0].OutputShapes.Leaves[0].ToString());
        Assert.InRange(session.ClearShapeCache("cached"), 0, 1);
        Assert.Empty(session.ShapeCache("cached"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_session_says_what_it_is_connected_to(SessionKind kind)
    {
        var info = sessions.Session(kind).Info;
        Assert.Equal(kind, info.Kind);
        Assert.Contains(
            kind == SessionKind.Remote ? sessions.Address.ToString() : sessions.DataDirectory,
            info.Target,
            StringComparison.Ordinal
        );
        Assert.Contains("cpu", info.Devices);
        Assert.Equal(info.Devices, sessions.Session(kind).Devices().Select(device => device.Name));
        Assert.NotEqual("", info.LibtorchVersion);
        Assert.InRange(info.Threads, 1, 1024);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Devices_say_how_much_of_them_is_used_and_by_how_many_calls(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("busy", Calls.Loop));
        using var stop = new CancellationTokenSource();
        var call = Calls.Of(Calls.Array(1), Calls.Value(1_000_000_000_000L)) with { Timeout = TimeSpan.FromSeconds(3) };
        var running = Task.Run(() => session.Invoke("busy", call, stop.Token));
        // Whether it has begun yet only the device knows.
        while (Cpu(session).InFlight == 0)
        {
            Assert.False(running.IsCompleted);
        }

        var cpu = Cpu(session);
        Assert.InRange(cpu.FreeBytes, 1, cpu.TotalBytes);
        Assert.InRange(cpu.UsedBytes, 1, cpu.TotalBytes);
        Assert.InRange(cpu.LimitBytes, 0, long.MaxValue);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static DeviceInfo Cpu(IFunctionSession session) => session.Devices().Single(device => device.Name == "cpu");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Eight_threads_get_their_own_answers_from_one_session(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("shared", Calls.DoubleIt));
        var wrong = 0;
        var threads = Enumerable
            .Range(0, 8)
            .Select(number => new Thread(() =>
            {
                using var source = new CancellationTokenSource();
                for (var i = 0; i < 50; i++)
                {
                    using var result = session.Invoke("shared", Calls.Of(Calls.Array(number, i)), source.Token);
                    if (!Calls.Floats(result).SequenceEqual([2f * number, 2f * i]))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(0, wrong);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sharded_transformed_and_seeded_calls_arrive_whole(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(
            new RegistrationRequest("summed", "def summed(x: Tensor) -> Tensor:\n    return (x * x).sum()\n")
        );
        var call = Calls.Of(Calls.Array(1, 2, 3)) with
        {
            Transforms = Calls.Transforms("""[{"valueAndGrad":{"argnums":[0]}}]"""),
            Seed = 7,
            Device = "cpu",
            Timeout = TimeSpan.FromMinutes(1),
        };
        using var result = session.Invoke("summed", call);
        Assert.Equal("PyTreeDef((*, (*,)))", result.Outputs.Structure.ToString());
        Assert.Equal([2, 4, 6], result.Outputs.Leaves[1].AsSpan<float>().ToArray());
    }
}
