using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Scripts;
using Torch2Jax.TorchSharp.Sources;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.TorchSharp.Trials;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>
/// A method of a TorchScript archive. No text can be put around it, so its arguments and results are those that TorchSharp
/// passes: arrays, numbers and booleans in, an array or a flat list or tuple of them out.
/// </summary>
internal sealed class ArchiveFunction : TorchSharpFunction
{
    private readonly torch.jit.ScriptModule module;

    private ArchiveFunction(torch.jit.ScriptModule module, FunctionSchema schema)
        : base(schema) => this.module = module;

    /// <exception cref="EngineException">InvalidSource.</exception>
    public static ArchiveFunction Load(ReadOnlySpan<byte> archive, string method, bool functional, TrialCompiler trials)
    {
        if (functional)
        {
            throw Unsupported("parameters as an argument (functional)");
        }

        byte[] bytes = archive.ToArray();
        FunctionHeader header = ArchiveText.Method(bytes, method);
        TorchType returns = header.Returns ?? TorchType.Parse("Tensor");
        foreach (FunctionArgument argument in header.Arguments)
        {
            TorchType inside = argument.Type.Kind == TorchTypeKind.Optional ? argument.Type.Elements[0] : argument.Type;
            if (
                inside.Kind
                is not (TorchTypeKind.Tensor or TorchTypeKind.Int or TorchTypeKind.Float or TorchTypeKind.Bool)
            )
            {
                throw Unsupported($"an argument of type {argument.Type} ('{argument.Name}')");
            }
        }

        bool isFlat = returns.Kind is TorchTypeKind.Tuple or TorchTypeKind.List && returns.Elements.All(IsTensor);
        if (!IsTensor(returns) && !isFlat)
        {
            throw Unsupported($"a result of type {returns}");
        }

        // What an archive does inside is not known, so it is taken for random and for writing into its arguments.
        var schema = new FunctionSchema(method, header.Arguments, returns) { IsRandom = true, Mutates = true };
        return new ArchiveFunction(Load(bytes, trials), schema);
    }

    protected override LeafFunction Bind(IReadOnlyList<ArgumentStructure> arguments, int leaves)
    {
        int count = arguments.Count;
        while (count > 0 && arguments[count - 1] is ArgumentStructure.Default)
        {
            count--;
        }

        return new FirstRun(given =>
        {
            object[] values = [.. arguments.Take(count).Select(argument => Value(argument, given)!)];
            object result;
            try
            {
                result = module.invoke(Schema.Entry, values);
            }
            catch (ExternalException error)
            {
                throw TorchErrors.OfFunction(error);
            }

            return Outputs(result);
        }).Call;
    }

    private FunctionOutputs Outputs(object result)
    {
        Tensor[] leaves = result switch
        {
            Tensor tensor => [tensor],
            Tensor[] tensors => tensors,
            ITuple tuple => [.. Enumerable.Range(0, tuple.Length).Select(i => (Tensor)tuple[i]!)],
            _ => throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                "torch2jax: output 0 of the torch function is not a tensor"
            ),
        };
        TreeDef[] children = [.. leaves.Select(_ => TreeDef.Leaf)];
        return new FunctionOutputs(
            leaves,
            Schema.Returns.Kind switch
            {
                TorchTypeKind.Tuple => TreeDef.Tuple(children),
                TorchTypeKind.List => TreeDef.List(children),
                _ => TreeDef.Leaf,
            }
        );
    }

    private static object? Value(ArgumentStructure argument, IReadOnlyList<Tensor> leaves) =>
        argument switch
        {
            ArgumentStructure.Leaf { Number: var number } => leaves[number],
            ArgumentStructure.Value { Content: var value } => value,
            ArgumentStructure.None => null,
            _ => throw Unsupported("a default before an argument that is given"),
        };

    private static bool IsTensor(TorchType type) => type.Kind == TorchTypeKind.Tensor;

    private static torch.jit.ScriptModule Load(byte[] archive, TrialCompiler trials)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, archive);
            trials.CheckArchive(file);
            torch.jit.ScriptModule module = torch.jit.load(file);
            module.eval();
            foreach (Tensor parameter in module.parameters())
            {
                parameter.requires_grad = false; // a constant: no derivative is taken in it
            }

            return module;
        }
        catch (ExternalException error)
        {
            throw TorchErrors.OfCompiler(error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static EngineException Unsupported(string what) =>
        new(
            ErrorCode.InvalidSource,
            $"the TorchSharp backend does not take {what} of an archive: its methods take arrays, numbers and booleans, and give "
                + "an array or a flat list or tuple of arrays. Register the source instead, or use the native library."
        );
}
