using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>A program on TorchSharp's tensors. A call copies its arrays in and out.</summary>
internal sealed class TorchSharpProgram : ITorchProgram
{
    // Random operators draw from the generator of the process: a seed means the same where nobody else draws meanwhile.
    private static readonly Lock Generator = new();

    private readonly Node root;
    private readonly FunctionTraits traits;
    private int disposed;

    public TorchSharpProgram(Node root, int inputs, FunctionTraits traits)
    {
        this.root = root;
        this.traits = traits;
        InputCount = inputs;
        Counts.AddPrograms(1);
    }

    public int InputCount { get; }

    public ProgramResult Run(ReadOnlySpan<NDArray> inputs, in RunOptions options)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        CheckCount(inputs.Length);
        torch.Device device = DeviceNames.Parse(options.Device);
        using ExternalScope scope = torch.NewDisposeScope();
        var tensors = new Tensor[inputs.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Tensors.From(inputs[i], device);
        }

        var context = new RunContext(options.TimeoutMs);
        Tensor[] outputs = RunGuarded(tensors, context, options.Seed);
        return new ProgramResult(Copy(outputs), context.Structure!, context.Dtypes, context.Warnings);
    }

    public void RunInto(ReadOnlySpan<NDArray> inputs, ReadOnlySpan<NDArray> outputs, in RunOptions options)
    {
        ProgramResult result = Run(inputs, options);
        try
        {
            OutputCheck.Check(result.Outputs, outputs);
            for (int i = 0; i < outputs.Length; i++)
            {
                result.Outputs[i].Bytes.CopyTo(outputs[i].Bytes);
            }
        }
        finally
        {
            foreach (NDArray output in result.Outputs)
            {
                output.Dispose();
            }
        }
    }

    public InferredResult Infer(ReadOnlySpan<ShapeDtypeStruct> inputs, bool allowZeros, in RunOptions options)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        CheckCount(inputs.Length);
        var inference = new Inference([.. inputs], traits, this, options.TimeoutMs);
        InferredResult? found = inputs.Length > 0 ? inference.OnMeta(allowZeros) : null;
        return found
            ?? (
                allowZeros
                    ? inference.OnZeros(DeviceNames.Parse(options.Device), options.MaxBytes)
                    : throw Inference.DependsOnData("no way of inferring them was allowed")
            );
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Counts.AddPrograms(-1);
        }
    }

    /// <exception cref="EngineException">Whatever went wrong, libtorch's own exceptions included.</exception>
    public Tensor[] RunGuarded(Tensor[] tensors, RunContext context, long? seed)
    {
        using Lock.Scope turn = traits.IsRandom ? Generator.EnterScope() : default;
        if (traits.IsRandom)
        {
            // Without a seed fresh numbers, and not those that follow another call's seed.
            torch.random.manual_seed(seed ?? Random.Shared.NextInt64());
        }

        try
        {
            using IDisposable mode = torch.no_grad();
            return root.Run(tensors, context, record: false);
        }
        catch (ExternalException error)
        {
            throw TorchErrors.OfFunction(error);
        }
    }

    private static NDArray[] Copy(Tensor[] outputs)
    {
        var arrays = new NDArray[outputs.Length];
        try
        {
            for (int i = 0; i < arrays.Length; i++)
            {
                arrays[i] = Tensors.ToArray(outputs[i]);
            }

            return arrays;
        }
        catch
        {
            foreach (NDArray? array in arrays)
            {
                array?.Dispose();
            }

            throw;
        }
    }

    private void CheckCount(int given)
    {
        if (given != InputCount)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"The program takes {InputCount} arrays, but {given} came."
            );
        }
    }
}
