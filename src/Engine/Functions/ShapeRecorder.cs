using System.Collections.Concurrent;
using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Compares what came out of a run with the shape cache, and records it where it is new.</summary>
internal sealed class ShapeRecorder(
    FunctionVersion version,
    FunctionDefinition definition,
    ShapeCache shapes,
    FunctionRuntime runtime
)
{
    // What is known of a program's shapes for any arguments: true, they depend on data; false, meta tensors know them.
    private readonly ConcurrentDictionary<string, bool> dependsOnData = new(StringComparer.Ordinal);

    /// <summary>What the cache knew, and the shape-change warning where it knew nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isUse">False for a warm-up: it looks like a call, but counts for nothing.</param>
    public (CacheOutcome Outcome, string? Warning) Record(in FinishedRun run, bool isUse)
    {
        var (key, entry) = run.Known;
        if (!isUse)
        {
            return (entry?.Matches(run.Outputs, false) == true ? CacheOutcome.Hit : CacheOutcome.Miss, null);
        }

        if (entry is null)
        {
            var isDynamic = Add(key, run);
            return (isDynamic ? CacheOutcome.Dynamic : CacheOutcome.Miss, Warning(run.Plan));
        }

        if (!entry.IsDynamic && !entry.Matches(run.Outputs, namedByCall: run.Call.OutputShapes is not null))
        {
            dependsOnData[key.Program] = true;
            entry.BecomeDynamic(AvalsOf(run));
            entry.NotePeak(run.Ran.PeakBytes);
            runtime.Rewrite(entry);
            runtime.Log.ShapesDependOnData(version.Name, key.ShapeKey);
        }
        else
        {
            runtime.NotePeak(entry, run.Ran.PeakBytes);
        }

        var restored = entry.TakeRestored();
        runtime.Hits.Count(entry);
        return (
            entry.IsDynamic ? CacheOutcome.Dynamic
            : restored ? CacheOutcome.Restored
            : CacheOutcome.Hit,
            null
        );
    }

    /// <summary>Has the machine code of what a hit does made, on an entry that nobody sees.</summary>
    public void WarmUp()
    {
        var now = runtime.Time.GetUtcNow();
        var key = new ShapeCacheKey(version.Name, version.Version, "", "", DeviceName.Default);
        var entry = new ShapeEntry(key, "", PyTree.None<ShapeDtypeStruct>(), isDynamic: false, now);
        entry.TakeRestored();
        runtime.Hits.Count(entry);
        entry.TakePending(now);
    }

    /// <summary>What is known of a plan's shapes before it runs.</summary>
    public KnownShapes Find(ProgramPlan plan, string device)
    {
        var key = KeyOf(plan, device);
        return new KnownShapes(key, shapes.Find(ShapeLookup.Of(key)));
    }

    /// <summary>The entry of a plan whose outputs are known; made where it is new.</summary>
    public ShapeEntry EntryOf(ProgramPlan plan, string device, PyTree<ShapeDtypeStruct> outputs)
    {
        var key = KeyOf(plan, device);
        if (shapes.Find(ShapeLookup.Of(key)) is { } known)
        {
            return known;
        }

        return Store(
            new ShapeEntry(key, plan.Function.InTree.ToString(), outputs, isDynamic: false, runtime.Time.GetUtcNow())
        );
    }

    private bool Add(ShapeCacheKey key, in FinishedRun run)
    {
        var isDynamic = DependsOnData(run);
        var inTree = run.Plan.Function.InTree.ToString();
        var entry = new ShapeEntry(key, inTree, AvalsOf(run), isDynamic, runtime.Time.GetUtcNow());
        entry.NotePeak(run.Ran.PeakBytes);
        Store(entry);
        if (isDynamic)
        {
            runtime.Log.ShapesDependOnData(version.Name, key.ShapeKey);
        }

        return isDynamic;
    }

    private ShapeEntry Store(ShapeEntry entry)
    {
        var added = shapes.Add(entry);
        if (ReferenceEquals(added, entry))
        {
            runtime.Registry.QueueEntry(entry.ToRecord(runtime.EngineVersion));
        }

        return added;
    }

    // Looked at once a program, and only where nothing is around the function: a transformed program's shapes are compared
    // with its next call's all the same.
    private bool DependsOnData(in FinishedRun run)
    {
        var text = run.Plan.ProgramText;
        if (dependsOnData.TryGetValue(text, out var known))
        {
            return known;
        }

        // Running a slow function a second time would cost its first caller more than the answer is worth.
        if (run.Plan.TransformsCode.Length > 0 || run.Took > runtime.Options.MaxProbeTime)
        {
            return false;
        }

        var options = run.Options with
        {
            MaxBytes = runtime.Options.MaxProbeBytes,
            TimeoutMs = (int)runtime.Options.MaxProbeTime.TotalMilliseconds,
        };
        var found = ShapeInference.DependOnData(run.Program, run.Inputs, run.Ran.Outputs, options);
        if (dependsOnData.Count < runtime.Options.MaxProgramsPerFunction)
        {
            dependsOnData[text] = found;
        }

        return found;
    }

    private string? Warning(ProgramPlan plan) =>
        ShapeWarnings.Changed(
            definition.Expected?.ShapeKey,
            plan.Function.ShapeKey,
            outputShapesGiven: definition.OutputShapes is not null
        );

    // Names that one call alone gives its outputs are not the entry's.
    private PyTree<ShapeDtypeStruct> AvalsOf(in FinishedRun run)
    {
        if (run.Call.OutputShapes is null)
        {
            return run.Outputs.Map(output => output.Aval);
        }

        var registered = definition.BoundOutputs(null, run.Plan.Function.Leaves, run.Plan.Function.ShapeKey);
        var avals = run.Ran.Outputs.Select(output => output.Aval).ToArray();
        var structure =
            registered?.Structure.LeafCount == run.Ran.FunctionDtypes.Count
                ? registered.Structure
                : run.Ran.FunctionStructure;
        return run.Plan.ComposeOutputs(structure, run.Ran.FunctionDtypes, avals);
    }

    private ShapeCacheKey KeyOf(ProgramPlan plan, string device) =>
        new(version.Name, version.Version, plan.ProgramText, plan.Function.ShapeKey, DeviceName.KindOf(device));
}
