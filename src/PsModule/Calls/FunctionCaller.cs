using Torch2Jax.Arrays;
using Torch2Jax.Client;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.PsModule.Values;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Calls;

/// <summary>Calls one function with what scripts hold; the seam beneath the cmdlets.</summary>
internal sealed class FunctionCaller(IFunctionSession session, CallSettings settings)
{
    private ExpectedArguments? expected;

    /// <summary>Calls the function.</summary>
    public Torch2JaxResult Invoke(IReadOnlyList<object?> arguments, CancellationToken cancellationToken)
    {
        using var values = new ReadValues(shapesOnly: false);
        var call = Read(arguments, values, allowShapes: false, cancellationToken);
        try
        {
            using var result = session.Invoke(settings.Name, call, cancellationToken);
            return new Torch2JaxResult(
                OutputWriter.Write(result.Outputs, Torch2JaxArray.CopyOf),
                result.Function,
                result.ShapeKey,
                result.Outputs.Structure,
                result.Cache,
                result.Warnings,
                result.ElapsedMs
            );
        }
        catch (Exception error) when (IsGivenUp(error))
        {
            values.Abandon();
            throw;
        }
    }

    /// <summary>Finds the shapes of the outputs; no value is read.</summary>
    public Torch2JaxResult EvalShape(IReadOnlyList<object?> arguments, CancellationToken cancellationToken)
    {
        using var values = new ReadValues(shapesOnly: true);
        var call = Read(arguments, values, allowShapes: true, cancellationToken);
        var result = session.EvalShape(settings.Name, call, cancellationToken);
        return new Torch2JaxResult(
            OutputWriter.Write(result.Outputs, aval => new Torch2JaxShape(aval)),
            result.Function,
            result.ShapeKey,
            result.Outputs.Structure,
            result.Cache,
            result.Warnings,
            result.ElapsedMs
        );
    }

    private Invocation Read(
        IReadOnlyList<object?> arguments,
        ReadValues values,
        bool allowShapes,
        CancellationToken cancellationToken
    )
    {
        var reader = new ValueReader(values, allowShapes);
        var known = IsPlain(arguments) ? ExpectedArguments.Nothing : Known(cancellationToken);
        var args = new PyTree<IArgumentLeaf>[arguments.Count];
        for (var i = 0; i < args.Length; i++)
        {
            args[i] = reader.Read(arguments[i], known.At(i), $"ArgumentList[{i}]");
        }

        return new Invocation(
            args,
            KeywordValues.Read(settings.Keywords, reader, known),
            settings.Transforms,
            settings.OutputShape is { } shape ? OutputShapes.Read(shape, Returns(cancellationToken)) : null,
            settings.Sharding,
            settings.Device,
            settings.Seed,
            settings.Timeout
        );
    }

    // Arrays say all about themselves; for anything else the function is asked once what it expects.
    private bool IsPlain(IReadOnlyList<object?> arguments)
    {
        if (settings.Keywords is { Count: > 0 })
        {
            return false;
        }

        foreach (var argument in arguments)
        {
            if (Unwrap.Value(argument) is not (Torch2JaxArray or Torch2JaxShape or StoredArraySummary))
            {
                return false;
            }
        }

        return true;
    }

    private ExpectedArguments Known(CancellationToken cancellationToken) =>
        expected ??= ExpectedArguments.Of(session.Describe(settings.Name, cancellationToken), settings.Transforms);

    private Expected Returns(CancellationToken cancellationToken) =>
        Expected.Of(
            FunctionTypes.OfSignature(session.Describe(settings.Name, cancellationToken).Signature).Returns,
            null
        );

    // What was given up may still run, and read its arguments.
    private static bool IsGivenUp(Exception error) =>
        error is OperationCanceledException or EngineException { Code: ErrorCode.DeadlineExceeded };
}
