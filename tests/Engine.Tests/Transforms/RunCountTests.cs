using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>How often a transform runs the function, and that it leaves nothing behind.</summary>
[Collection(NativeCollection.Name)]
public sealed class RunCountTests
{
    private const string Source =
        "def fn(x: Tensor, y: Tensor) -> Tensor:\n    return torch.tanh(torch.matmul(x, y)) * x\n";

    private const string ScalarSource =
        "def fn(x: Tensor, y: Tensor) -> Tensor:\n    return torch.sum(torch.tanh(torch.matmul(x, y)) * x)\n";

    public static TheoryData<string, int> Runs =>
        new()
        {
            { """["jacrev"]""", 1 },
            { """["jacfwd"]""", 1 },
            { """["jacrev","jacfwd"]""", 1 },
            { """[{"vmap":{"inAxes":[0,null],"method":"vectorized"}}]""", 1 },
            { """[{"vmap":{"inAxes":[0,null],"method":"sequential"}}]""", 4 },
            { """[{"vmap":{"inAxes":[0,null],"method":"expand_dims"}}]""", 1 },
            { """[{"vmap":{"inAxes":[0,null],"method":"broadcast_all"}}]""", 1 },
            { """["jacrev",{"vmap":{"inAxes":[0,null],"method":"vectorized"}}]""", 1 },
        };

    [Theory]
    [MemberData(nameof(Runs))]
    public void The_function_runs_no_more_often_than_it_must(string transforms, int runs)
    {
        using var function = NativeFixture.Backend.Compile(Source, null);
        using var inputs = new Inputs(transforms.Contains("vmap", StringComparison.Ordinal));
        var call = new TransformedCall(function, inputs.Args, TransformReader.Read(Planning.Json(transforms)));
        var before = NativeFixture.Backend.Counters.FunctionRuns;
        foreach (var output in call.Run(out var warnings).Leaves)
        {
            output.Dispose();
            Assert.Empty(warnings);
        }

        Assert.Equal(runs, NativeFixture.Backend.Counters.FunctionRuns - before);
    }

    public static TheoryData<string> Kept =>
        [
            .. Runs.Select(row => (string)row[0]),
            """["grad"]""",
            """["valueAndGrad"]""",
            """["hessian"]""",
            """["vjp"]""",
            """["jvp"]""",
        ];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Two_hundred_calls_leave_tensors_and_memory_where_they_were(string transforms)
    {
        var isScalar = transforms is """["grad"]""" or """["valueAndGrad"]""" or """["hessian"]""";
        using var function = NativeFixture.Backend.Compile(isScalar ? ScalarSource : Source, null);
        using var inputs = new Inputs(transforms.Contains("vmap", StringComparison.Ordinal));
        var primals = PyTree.Tuple([.. inputs.Args]);
        IReadOnlyList<PyTree<IArgumentLeaf>> args = transforms switch
        {
            """["vjp"]""" => [primals, inputs.Args[0]],
            """["jvp"]""" => [primals, primals],
            _ => inputs.Args,
        };
        var plan = new TransformedCall(function, args, TransformReader.Read(Planning.Json(transforms))).Plan();
        using var program = function.CreateProgram(plan.ArgumentsCode, plan.TransformsCode);
        NDArray[] arrays = [.. plan.Leaves.Cast<NDArray>()];
        Call(20);
        GC.Collect(); // what other tests forgot
        GC.WaitForPendingFinalizers();
        var before = NativeFixture.Backend.Counters;
        var memory = ResidentBytes();
        Call(200);
        var after = NativeFixture.Backend.Counters;
        Assert.Equal(
            (before.Tensors, before.Results, before.AllocatedBytes),
            (after.Tensors, after.Results, after.AllocatedBytes)
        );
        Assert.InRange(ResidentBytes() - memory, long.MinValue, 16 << 20);

        void Call(int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (var output in program.Run(arrays, default).Outputs)
                {
                    output.Dispose();
                }
            }
        }
    }

    private static long ResidentBytes() =>
        long.Parse(
            File.ReadAllText("/proc/self/statm").Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture
        ) * Environment.SystemPageSize;

    // x is [3, 3], or four of them; y is [3, 3].
    private sealed class Inputs(bool batched) : IDisposable
    {
        private readonly NDArray x = Array(batched ? [4, 3, 3] : [3, 3]);
        private readonly NDArray y = Array([3, 3]);

        public IReadOnlyList<PyTree<IArgumentLeaf>> Args =>
            [PyTree.Leaf<IArgumentLeaf>(x), PyTree.Leaf<IArgumentLeaf>(y)];

        public void Dispose()
        {
            x.Dispose();
            y.Dispose();
        }

        private static NDArray Array(long[] shape)
        {
            var array = NDArray.Allocate(DType.Float64, shape);
            var values = array.AsSpan<double>();
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = 0.1 * (i % 7);
            }

            return array;
        }
    }
}
