using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Bench;

/// <summary>The engine's flat path: arrays of the caller in, arrays of the caller out.</summary>
internal sealed class EngineCall : IDisposable
{
    private const int Repeats = 5;

    private readonly NDArray[] inputs;
    private readonly NDArray[] outputs;
    private readonly JaxProgram program;

    private EngineCall(JaxProgram program, NDArray[] inputs)
    {
        this.program = program;
        this.inputs = inputs;
        outputs = program.AllocateOutputs();
    }

    /// <summary>Registers <c>functions/NAME.ts</c> and binds a call of it. Takes the inputs over.</summary>
    public static async Task<EngineCall> CreateAsync(
        FunctionService service,
        string functions,
        string name,
        NDArray[] inputs,
        Invocation invocation
    )
    {
        var source = await File.ReadAllTextAsync(Path.Combine(functions, name + ".ts"));
        await service.RegisterAsync(new RegistrationRequest(name, source), default);
        var function = await service.GetAsync(name, default);
        return new EngineCall(function.Bind(invocation), inputs);
    }

    /// <summary>The numbers that the peers make: float32 [rows, columns], or [columns] where rows is 0.</summary>
    public static NDArray Ramp(int rows, int columns)
    {
        var x = rows == 0 ? NDArray.Allocate(DType.Float32, columns) : NDArray.Allocate(DType.Float32, rows, columns);
        var values = x.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 97 / 97.0f;
        }

        return x;
    }

    /// <summary>A call of the function alone.</summary>
    public static Invocation Plain(params NDArray[] arrays) => new([.. arrays.Select(PyTree.Leaf<IArgumentLeaf>)]);

    public double NanosecondsPerCall(int calls)
    {
        Run(Math.Min(calls, 20));
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
}
