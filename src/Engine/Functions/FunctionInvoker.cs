using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Memory;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Runs calls of one function version: plan, look up, run, check, record, answer.</summary>
internal sealed class FunctionInvoker(
    string reference,
    FunctionDefinition definition,
    CodeHolder holder,
    CallPlanner planner,
    ShapeRecorder recorder,
    FunctionRuntime runtime,
    IReadOnlyList<string> devices
)
{
    public InvocationResult Invoke(Invocation call) => Invoke(call, isUse: true);

    /// <summary>Calls as any caller does, to have all of it compiled and optimised, but leaves no trace in the shape cache.</summary>
    public void WarmUp(Invocation call)
    {
        recorder.WarmUp();
        Invoke(call, isUse: false).Dispose();
    }

    private InvocationResult Invoke(Invocation call, bool isUse)
    {
        var started = Stopwatch.GetTimestamp();
        var device = DeviceName.Check(call, devices);
        using var code = holder.Acquire();
        var plan = planner.Plan(call, code, device);
        var inputs = ArraysOf(plan);
        using var program = code.Programs.Lease(plan.ProgramText, plan.ArgumentsCode, plan.TransformsCode);
        var known = recorder.Find(plan, device);
        var place = runtime.Memory.PlaceOf(device, call.Sharding);
        var bytes = BytesOf(inputs);
        var options = Options(call, device, place.MostHeld(runtime.Options.MaxCallBytes, bytes));
        using var lease = place.Admit(
            known.Entry?.Estimate(bytes) ?? new MemoryEstimate(bytes, 0, EstimateBasis.Nothing)
        );
        var running = Stopwatch.GetTimestamp();
        var ran = Run(program.Program, inputs, options, place);
        var took = Stopwatch.GetElapsedTime(running);
        try
        {
            var bound = definition.BoundOutputs(call.OutputShapes, plan.Function.Leaves, plan.Function.ShapeKey);
            var outputs = Compose(call, plan, ran, bound);
            var recorded = recorder.Record(
                new FinishedRun(call, plan, program.Program, inputs, options, known, ran, took, outputs),
                isUse
            );
            var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            runtime.Log.Called(reference, plan.Function.ShapeKey, recorded.Outcome, elapsed);
            return new InvocationResult(
                outputs,
                reference,
                plan.Function.ShapeKey,
                recorded.Outcome,
                Warnings(recorded.Warning, ran.Warnings),
                elapsed
            );
        }
        catch
        {
            foreach (var output in ran.Outputs)
            {
                output.Dispose();
            }

            throw;
        }
    }

    public JaxProgram Bind(Invocation call, ShapeEvaluator evaluator)
    {
        var device = DeviceName.Check(call, devices);
        var code = holder.Acquire();
        CachedProgram? program = null;
        try
        {
            var plan = planner.Plan(call, code, device);
            program = code.Programs.Lease(plan.ProgramText, plan.ArgumentsCode, plan.TransformsCode);
            var outputs = evaluator.TryEvaluate(call, plan, code, device);
            var entry = outputs is null ? null : recorder.EntryOf(plan, device, outputs);
            var leaves = plan.Leaves.Select(leaf => Shapes.AvalOf(leaf)!).ToArray();
            var place = runtime.Memory.PlaceOf(device, call.Sharding);
            var bytes = MemoryEstimate.BytesOf(leaves);
            var options = Options(call, device, place.MostHeld(runtime.Options.MaxCallBytes, bytes));
            return new JaxProgram(code, program, leaves, outputs, options, place, entry, runtime);
        }
        catch
        {
            program?.Dispose();
            code.Dispose();
            throw;
        }
    }

    private ProgramResult Run(ITorchProgram program, NDArray[] inputs, in RunOptions options, MemoryPlace place)
    {
        try
        {
            return program.Run(inputs, options);
        }
        catch (MemoryException error)
        {
            runtime.Memory.GiveBack(place, error);
            throw;
        }
    }

    private static long BytesOf(NDArray[] inputs)
    {
        var bytes = 0L;
        foreach (var input in inputs)
        {
            bytes += input.ByteLength;
        }

        return bytes;
    }

    private static RunOptions Options(Invocation call, string device, long maxBytes) =>
        new(
            device,
            call.Seed,
            maxBytes,
            call.Timeout is { } timeout ? (int)Math.Clamp(timeout.TotalMilliseconds, 1, int.MaxValue) : 0
        );

    private static PyTree<NDArray> Compose(
        Invocation call,
        ProgramPlan plan,
        ProgramResult ran,
        PyTree<ShapeDtypeStruct>? bound
    )
    {
        if (bound is null)
        {
            return plan.ComposeOutputs(ran.FunctionStructure, ran.FunctionDtypes, ran.Outputs);
        }

        if (call.Transforms is null or { Count: 0 })
        {
            OutputCheck.Arrays(bound, ran.Outputs);
            return plan.ComposeOutputs(bound.Structure, ran.FunctionDtypes, ran.Outputs);
        }

        OutputCheck.Dtypes(bound, ran.FunctionDtypes);
        var outputs = plan.ComposeOutputs(bound.Structure, ran.FunctionDtypes, ran.Outputs);
        OutputCheck.Transformed(plan.OutputShapes(bound), outputs);
        return outputs;
    }

    private static NDArray[] ArraysOf(ProgramPlan plan)
    {
        var arrays = new NDArray[plan.Leaves.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] =
                plan.Leaves[i] as NDArray
                ?? throw new EngineException(
                    ErrorCode.MalformedRequest,
                    $"Leaf {i} of the arguments is {plan.Leaves[i]} without data. A call needs its values (eval-shape does not).",
                    "args"
                );
        }

        return arrays;
    }

    private static IReadOnlyList<string> Warnings(string? first, IReadOnlyList<string> others) =>
        first is null ? others : [first, .. others];
}

/// <summary>A run that ended well, to be recorded.</summary>
/// <param name="Call">The call.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Program">The program that ran.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Options">How it ran.</param>
/// <param name="Known">What was known before it.</param>
/// <param name="Ran">What it gave.</param>
/// <param name="Took">How long the program ran.</param>
/// <param name="Outputs">The answer's tree.</param>
internal readonly record struct FinishedRun(
    Invocation Call,
    ProgramPlan Plan,
    ITorchProgram Program,
    NDArray[] Inputs,
    RunOptions Options,
    KnownShapes Known,
    ProgramResult Ran,
    TimeSpan Took,
    PyTree<NDArray> Outputs
);
