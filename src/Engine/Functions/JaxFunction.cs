using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// One version of a registered function, ready to be called from any number of threads. It stays usable whatever happens
/// to the registry: what was unloaded is compiled again at its next use.
/// </summary>
public sealed class JaxFunction
{
    private readonly FunctionRuntime runtime;
    private readonly FunctionDefinition definition;
    private readonly CodeHolder code;
    private readonly FunctionInvoker invoker;
    private readonly ShapeEvaluator evaluator;
    private readonly OwnShapes ownShapes;

    internal JaxFunction(
        FunctionVersion version,
        FunctionDefinition definition,
        CompiledCode compiled,
        FunctionRuntime runtime
    )
    {
        this.runtime = runtime;
        this.definition = definition;
        Version = version;
        Reference = $"{version.Name}@{version.Version}";
        ShapeCache = new ShapeCache(runtime.Options.MaxShapesPerFunction);
        code = new CodeHolder(
            () =>
                CompiledCode.Compile(
                    runtime.BackendOf(version.Details.Isolation),
                    version.Content,
                    runtime.Options.MaxProgramsPerFunction
                ),
            compiled,
            runtime.Budget
        );
        ownShapes = new OwnShapes(runtime, ShapeCache);
        var planner = new CallPlanner(definition, ownShapes);
        var recorder = new ShapeRecorder(version, definition, ShapeCache, runtime);
        var devices = runtime.DevicesOf(version.Details.Isolation);
        invoker = new FunctionInvoker(Reference, definition, code, planner, recorder, runtime, devices);
        evaluator = new ShapeEvaluator(Reference, definition, code, planner, ownShapes, ShapeCache, devices);
    }

    /// <summary>The stored version: content, and what registration found out.</summary>
    public FunctionVersion Version { get; }

    /// <summary><c>name@version</c>.</summary>
    public string Reference { get; }

    /// <summary>What the function declares.</summary>
    public FunctionSchema Schema => definition.Schema;

    /// <summary>The example's arguments fitted to the schema (shapes alone); null where it was registered without.</summary>
    public BoundArguments? Example => definition.Example;

    /// <summary>Whether it is compiled now.</summary>
    public bool IsLoaded => code.IsLoaded;

    /// <summary>Whether it runs in worker processes.</summary>
    public bool IsIsolated => Version.Details.Isolation == FunctionIsolation.Process;

    internal ShapeCache ShapeCache { get; }

    internal CodeHolder Code => code;

    /// <summary>Calls the function.</summary>
    /// <exception cref="EngineException">The call does not fit the function, or the function raised.</exception>
    public InvocationResult Invoke(Invocation call)
    {
        runtime.Quarantine.Check(Reference);
        try
        {
            return invoker.Invoke(call);
        }
        catch (CrashException crash)
        {
            CountCrash(crash);
            throw;
        }
    }

    /// <summary>Finds the shapes of a call's outputs; no argument's value is read.</summary>
    /// <exception cref="EngineException">DataDependentShape where they cannot be known without data.</exception>
    public EvalShapeResult EvalShape(Invocation call)
    {
        runtime.Quarantine.Check(Reference);
        try
        {
            return evaluator.Evaluate(call);
        }
        catch (CrashException crash)
        {
            CountCrash(crash);
            throw;
        }
    }

    /// <summary>Fixes the structure and the shapes of a call, for many calls on flat arrays without allocations.</summary>
    /// <param name="args">Positional arguments: arrays or shapes alone, and static values.</param>
    public JaxProgram Bind(params IReadOnlyList<PyTree<IArgumentLeaf>> args) => Bind(new Invocation(args));

    /// <summary>Fixes the structure and the shapes of a call, for many calls on flat arrays without allocations.</summary>
    public JaxProgram Bind(Invocation call) => invoker.Bind(call, evaluator);

    /// <summary>Whether the example gave an argument by keyword.</summary>
    internal bool TakesByKeyword(string name) =>
        definition.Example?.Arguments.Any(a => a.Position < 0 && a.Name == name) ?? false;

    /// <summary>Calls it without a trace in the shape cache.</summary>
    internal void WarmUp(Invocation call) => invoker.WarmUp(call);

    /// <summary>Frees what is compiled; the next use compiles it again.</summary>
    /// <returns>Whether anything was compiled.</returns>
    internal bool Unload() => code.Unload();

    /// <summary>Frees what is compiled, and keeps nothing from now on: the version was deleted or forgotten.</summary>
    internal void Retire() => code.Retire();

    /// <summary>Forgets shapes, those that were inferred as well.</summary>
    internal void ClearShapes()
    {
        ShapeCache.Clear();
        ownShapes.Clear();
    }

    private void CountCrash(CrashException crash)
    {
        if (runtime.Quarantine.Crashed(Reference, crash.Signal))
        {
            runtime.Log.Quarantined(Reference, crash.Signal);
        }
    }
}
