using System.Runtime.InteropServices;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>A C# delegate over TorchSharp's tensors as a function: autograd records through it as through any other.</summary>
internal sealed class DelegateFunction(FunctionSchema schema, Func<TorchArguments, PyTree<Tensor>> body)
    : TorchSharpFunction(schema)
{
    protected override LeafFunction Bind(IReadOnlyList<ArgumentStructure> arguments, int leaves) =>
        given =>
        {
            PyTree<Tensor> result = Call(new TorchArguments(Schema, arguments, given));
            return new FunctionOutputs([.. result.Leaves], result.Structure);
        };

    private PyTree<Tensor> Call(TorchArguments arguments)
    {
        try
        {
            return body(arguments);
        }
        catch (Exception error) when (error is not (EngineException or ExternalException))
        {
            throw new EngineException(
                ErrorCode.ExecutionFailed,
                $"the C# function '{Schema.Entry}' raised {error.GetType().Name}: {error.Message}",
                innerException: error
            );
        }
    }
}
