using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Bench;

/// <summary>Derivatives, batches and shards against the same written with plain libtorch (bench/peers/transforms.cpp).</summary>
internal static class TransformRows
{
    private const int Rounds = 5;
    private const double Small = 1.3;
    private const double Large = 1.05;

    private static readonly TransformWork[] Works =
    [
        new("grad_8_floats", "grad", "energy", 0, 8, 2_000, Small, new Grad()),
        new("grad_4_MiB", "grad", "energy", 1024, 1024, 8, Large, new Grad()),
        new("jvp_8_floats", "jvp", "wave", 0, 8, 1_500, Small, new Jvp()),
        new("jvp_4_MiB", "jvp", "wave", 1024, 1024, 8, Large, new Jvp()),
        new("hessian_16", "hessian", "coupled", 0, 16, 100, Small, new Hessian()),
        new("hessian_256", "hessian", "coupled", 0, 256, 3, Large, new Hessian()),
        new("vmap_sequential_64x32", "vmap_sequential", "wave", 64, 32, 300, Small, By("sequential")),
        new("vmap_sequential_64x16384", "vmap_sequential", "wave", 64, 16_384, 8, Large, By("sequential")),
        new("vmap_expand_dims_64x32", "vmap_whole", "wave", 64, 32, 3_000, Small, By("expand_dims")),
        new("vmap_expand_dims_64x16384", "vmap_whole", "wave", 64, 16_384, 8, Large, By("expand_dims")),
        new("vmap_broadcast_all_64x32", "vmap_whole", "wave", 64, 32, 3_000, Small, By("broadcast_all")),
        new("vmap_broadcast_all_64x16384", "vmap_whole", "wave", 64, 16_384, 8, Large, By("broadcast_all")),
        new("vmap_vectorized_64x32", "vmap_batched", "wave", 64, 32, 3_000, Small, By("vectorized")),
        new("vmap_vectorized_64x16384", "vmap_batched", "wave", 64, 16_384, 8, Large, By("vectorized")),
        new("sharded_2_of_32_KiB", "sharded", "wave", 64, 128, 1_000, Small, null),
        new("sharded_2_of_4_MiB", "sharded", "wave", 1024, 1024, 8, Large, null),
    ];

    public static async Task MeasureAsync(Report report, Peer peer, string functions, string data)
    {
        await using var stack = await Stack.StartAsync(data, "transforms");
        foreach (var work in Works)
        {
            var (inputs, invocation) = Prepare(work);
            using var call = await EngineCall.CreateAsync(
                stack.Functions,
                functions,
                work.Function,
                inputs,
                invocation
            );
            var source = Path.Combine(functions, work.Function + ".ts");
            report.Add(
                Turns.Measure(
                    work.Name,
                    work.Goal,
                    Rounds,
                    () => call.NanosecondsPerCall(work.Calls),
                    () => peer.NanosecondsPerCall(work.Kind, source, work.Function, work.Rows, work.Columns, work.Calls)
                )
            );
        }

        await TwoShardsAsync(report, stack.Functions, functions);
    }

    // No peer but itself: how much faster two shards on two devices are than the same call on one.
    private static async Task TwoShardsAsync(Report report, FunctionService service, string functions)
    {
        var work = Works[^1];
        var (shards, sharded) = Prepare(work);
        using var two = await EngineCall.CreateAsync(service, functions, work.Function, shards, sharded);
        var x = EngineCall.Ramp(work.Rows, work.Columns);
        using var one = await EngineCall.CreateAsync(service, functions, work.Function, [x], EngineCall.Plain(x));
        report.Add(
            Turns.Measure(
                "two_shards_over_one_4_MiB",
                0.75,
                Rounds,
                () => two.NanosecondsPerCall(work.Calls),
                () => one.NanosecondsPerCall(work.Calls)
            )
        );
    }

    private static (NDArray[] Inputs, Invocation Invocation) Prepare(TransformWork work)
    {
        var x = EngineCall.Ramp(work.Rows, work.Columns);
        if (work.Transform is null)
        {
            var rows = PyTree.Leaf<PartitionSpec?>(PartitionSpec.Of("x"));
            var sharding = new ShardingSpec(new Mesh(["x"], [2]), [rows], rows);
            return ([x], EngineCall.Plain(x) with { Sharding = sharding });
        }

        if (work.Transform is not Jvp)
        {
            return ([x], EngineCall.Plain(x) with { Transforms = [work.Transform] });
        }

        var tangent = EngineCall.Ramp(work.Rows, work.Columns);
        tangent.AsSpan<float>().Fill(1);
        IReadOnlyList<PyTree<IArgumentLeaf>> args =
        [
            PyTree.Tuple([PyTree.Leaf<IArgumentLeaf>(x)]),
            PyTree.Tuple([PyTree.Leaf<IArgumentLeaf>(tangent)]),
        ];
        return ([x, tangent], new Invocation(args, Transforms: [work.Transform]));
    }

    private static Vmap By(string method) => new(null, 0, PyTree.Leaf<int?>(0), null, method);

    /// <summary>A function over one float32 array and what is done with it; no transform: cut in two shards.</summary>
    private sealed record TransformWork(
        string Name,
        string Kind,
        string Function,
        int Rows,
        int Columns,
        int Calls,
        double Goal,
        Transform? Transform
    );
}
