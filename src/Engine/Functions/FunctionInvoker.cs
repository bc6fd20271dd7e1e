using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
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
    FunctionRuntime runtime
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
        var device = DeviceName.Check(call.Device, runtime.Backend);
        using var code = holder.Acquire();
        var plan = planner.Plan(call, code, device);
        var inputs = ArraysOf(plan);
        using var program = code.Programs.Lease(plan.ProgramText, plan.ArgumentsCode, plan.TransformsCode);
        var options = Options(call, device);
        var running = Stopwatch.GetTimestamp();
        var ran = program.Program.Run(inputs, options);
        var took = Stopwatch.GetElapsedTime(running);
        try
        {
            var bound = definition.BoundOutputs(call.OutputShapes, plan.Function.Leaves, plan.Function.ShapeKey);
            var outputs = Compose(call, plan, ran, bound);
            var recorded = recorder.Record(
                new FinishedRun(call, plan, program.Program, inputs, options, ran, took, outputs),
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
        var device = DeviceName.Check(call.Device, runtime.Backend);
        var code = holder.Acquire();
        CachedProgram? program = null;
        try
        {
            var plan = planner.Plan(call, code, device);
            program = code.Programs.Lease(plan.ProgramText, plan.ArgumentsCode, plan.TransformsCode);
            var outputs = evaluator.TryEvaluate(call, plan, code, device);
            var entry = outputs is null ? null : recorder.EntryOf(plan, device, outputs);
            var leaves = plan.Leaves.Select(leaf => Shapes.AvalOf(leaf)!).ToArray();
            return new JaxProgram(code, program, leaves, outputs, Options(call, device), entry, runtime.Hits);
        }
        catch
        {
            program?.Dispose();
            code.Dispose();
            throw;
        }
    }

    private RunOptions Options(Invocation call, string device) =>
        new(
            device,
            call.Seed,
            runtime.Options.MaxCallBytes,
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
/// <param name="Ran">What it gave.</param>
/// <param name="Took">How long the program ran.</param>
/// <param name="Outputs">The answer's tree.</param>
internal readonly record struct FinishedRun(
    Invocation Call,
    ProgramPlan Plan,
    ITorchProgram Program,
    NDArray[] Inputs,
    RunOptions Options,
    ProgramResult Ran,
    TimeSpan Took,
    PyTree<NDArray> Outputs
);
