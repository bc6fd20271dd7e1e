using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Bench;

/// <summary>The engine's flat path: arrays of the caller in, arrays of the caller out, one thread.</summary>
internal sealed class EngineCall : IDisposable
{
    private const int Repeats = 5;

    private readonly NDArray[] inputs;
    private readonly NDArray[] outputs;
    private readonly JaxProgram program;
    private readonly int calls;

    private EngineCall(JaxProgram program, NDArray[] inputs, NDArray[] outputs, int calls)
    {
        this.program = program;
        this.inputs = inputs;
        this.outputs = outputs;
        this.calls = calls;
    }

    public static async Task<EngineCall> CreateAsync(FunctionService service, string functions, Workload work)
    {
        var source = await File.ReadAllTextAsync(Path.Combine(functions, work.Function + ".ts"));
        await service.RegisterAsync(new RegistrationRequest(work.Function, source), default);
        var function = await service.GetAsync(work.Function, default);
        var inputs = Inputs(work);
        var invocation = new Invocation([.. inputs.Select(PyTree.Leaf<IArgumentLeaf>)]);
        var program = function.Bind(invocation);
        return new EngineCall(program, inputs, program.AllocateOutputs(), work.Calls);
    }

    public double NanosecondsPerCall()
    {
        Run(20);
        return Report.Median(
            Enumerable
                .Range(0, Repeats)
                .Select(_ =>
                {
                    var started = Stopwatch.GetTimestamp();
                    Run(calls);
                    return Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls;
                })
                .ToArray()
        );
    }

    /// <summary>Managed bytes that one call takes once everything is warm.</summary>
    public double BytesPerCall(int count)
    {
        Run(count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }

    public void Dispose()
    {
        program.Dispose();
        foreach (var array in inputs.Concat(outputs))
        {
            array.Dispose();
        }
    }

    private void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            program.RunInto(inputs, outputs);
        }
    }

    // The numbers that floor.cpp makes.
    private static NDArray[] Inputs(Workload work)
    {
        var x = NDArray.Allocate(DType.Float32, work.Rows, work.Columns);
        var values = x.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 97 / 97.0f;
        }

        if (!work.Labels)
        {
            return [x];
        }

        var labels = NDArray.Allocate(DType.Int64, work.Rows);
        for (var i = 0; i < work.Rows; i++)
        {
            labels.AsSpan<long>()[i] = i % work.Columns;
        }

        return [x, labels];
    }
}
