using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>The methods of vmap by JAX's names, and <c>vectorized</c>.</summary>
internal enum BatchMethod
{
    Sequential,
    ExpandDims,
    BroadcastAll,
    Vectorized,
}

/// <summary>B: one function over one more axis, by a loop or by one call on longer arrays.</summary>
/// <param name="inner">What is batched.</param>
/// <param name="method">How.</param>
/// <param name="size">The number of elements.</param>
/// <param name="axes">One an input.</param>
/// <param name="outAxes">One for all outputs, or one each.</param>
internal sealed class BatchNode(
    Node inner,
    BatchMethod method,
    long size,
    IReadOnlyList<long> axes,
    IReadOnlyList<long> outAxes
) : Node
{
    private int prefix;

    /// <summary>Whether everything inside it gets arrays with its axis in front.</summary>
    public bool RunsAsAWhole => !MapsNothing && method is BatchMethod.ExpandDims or BatchMethod.BroadcastAll;

    private bool MapsNothing => axes.All(axis => axis == NotMapped);

    /// <summary>One more axis stands in front of every input and output: that of a batch further out that runs as a whole.</summary>
    public void AddPrefix() => prefix++;

    public override Tensor[] Run(Tensor[] inputs, RunContext context, bool record)
    {
        for (int i = 0; i < axes.Count; i++)
        {
            if (axes[i] != NotMapped && inputs[i].shape[axes[i] + prefix] != size)
            {
                throw Axes.DoesNotFit(size, inputs[i], axes[i]);
            }
        }

        if (MapsNothing)
        {
            return Unmapped(inputs, context, record);
        }

        if (method is BatchMethod.ExpandDims or BatchMethod.BroadcastAll)
        {
            return Whole(inputs, context, record);
        }

        if (method == BatchMethod.Vectorized && size > 0)
        {
            context.Warn(
                "vmap: the function cannot be batched as a whole (this backend has no batched operators) and ran once "
                    + $"for each of {size} elements"
            );
        }

        return size == 0 ? Nothing(inputs, context) : Sequential(inputs, context, record);
    }

    // Where nothing is mapped every element is the same: one run for all of them.
    private Tensor[] Unmapped(Tensor[] inputs, RunContext context, bool record)
    {
        Tensor[] outputs = inner.Run(inputs, context, record);
        using IDisposable mode = torch.set_grad_enabled(record);
        for (int k = 0; k < outputs.Length; k++)
        {
            if (OutAxis(k) != NotMapped)
            {
                outputs[k] = Tensors.Repeat(outputs[k], size, Axes.Place(OutAxis(k), outputs[k].dim() + 1, prefix));
            }
        }

        return outputs;
    }

    // One run on zeros tells the shapes of the elements that are not there.
    private Tensor[] Nothing(Tensor[] inputs, RunContext context)
    {
        var single = new Tensor[axes.Count];
        for (int i = 0; i < single.Length; i++)
        {
            List<long> shape = [.. inputs[i].shape];
            if (axes[i] != NotMapped)
            {
                shape.RemoveAt((int)axes[i] + prefix);
            }

            single[i] =
                axes[i] == NotMapped
                    ? inputs[i]
                    : torch.zeros([.. shape], dtype: inputs[i].dtype, device: inputs[i].device);
        }

        Tensor[] outputs = inner.Run(single, context, false);
        for (int k = 0; k < outputs.Length; k++)
        {
            List<long> shape = [.. outputs[k].shape];
            shape.Insert((int)Axes.Place(Mapped(k), outputs[k].dim() + 1, prefix), 0);
            outputs[k] = torch.empty([.. shape], dtype: outputs[k].dtype, device: outputs[k].device);
        }

        return outputs;
    }

    private Tensor[] Sequential(Tensor[] inputs, RunContext context, bool record)
    {
        List<Tensor>[] columns = [];
        for (long n = 0; n < size; n++)
        {
            using ExternalScope scope = torch.NewDisposeScope();
            var element = new Tensor[axes.Count];
            using (torch.set_grad_enabled(record))
            {
                for (int i = 0; i < element.Length; i++)
                {
                    element[i] = axes[i] == NotMapped ? inputs[i] : inputs[i].select(axes[i] + prefix, n);
                }
            }

            Tensor[] outputs = inner.Run(element, context, record);
            columns = n == 0 ? [.. outputs.Select(_ => new List<Tensor>())] : columns;
            for (int k = 0; k < outputs.Length; k++)
            {
                if (n > 0 && !outputs[k].shape.AsSpan().SequenceEqual(columns[k][0].shape))
                {
                    throw new EngineException(
                        ErrorCode.DataDependentShape,
                        $"vmap: output {k} is {Tensors.Describe(columns[k][0])} for the first element and "
                            + $"{Tensors.Describe(outputs[k])} for element {n}; elements of a batch must have one shape"
                    );
                }

                columns[k].Add(scope.MoveToOuter(outputs[k]));
            }
        }

        using IDisposable mode = torch.set_grad_enabled(record);
        return
        [
            .. columns.Select((column, k) => torch.stack(column, Axes.Place(Mapped(k), column[0].dim() + 1, prefix))),
        ];
    }

    private Tensor[] Whole(Tensor[] inputs, RunContext context, bool record)
    {
        using IDisposable mode = torch.set_grad_enabled(record);
        var front = new Tensor[axes.Count];
        for (int i = 0; i < front.Length; i++)
        {
            front[i] =
                axes[i] != NotMapped
                    ? Tensors.MoveAxis(inputs[i], axes[i] + prefix, prefix)
                    : Tensors.Repeat(inputs[i], method == BatchMethod.BroadcastAll ? size : 1, prefix);
        }

        Tensor[] outputs = inner.Run(front, context, record);
        for (int k = 0; k < outputs.Length; k++)
        {
            long axis = Mapped(k);
            if (outputs[k].dim() <= prefix || outputs[k].shape[prefix] != size)
            {
                throw new EngineException(
                    ErrorCode.OutputShapeMismatch,
                    $"torch2jax: output {k} of the torch function is {Tensors.Describe(outputs[k])}, but a leading batch "
                        + $"axis of {size} was expected (vmap by expand_dims or broadcast_all calls the function once, on "
                        + "arrays with the batch axis in front)"
                );
            }

            outputs[k] = Tensors.MoveAxis(outputs[k], prefix, Axes.Place(axis, outputs[k].dim(), prefix));
        }

        return outputs;
    }

    private long OutAxis(int output) => outAxes.Count == 1 ? outAxes[0] : outAxes[output];

    // The function is opaque: where anything is mapped, all of its outputs are.
    private long Mapped(int output) =>
        OutAxis(output) is var axis and not NotMapped
            ? axis
            : throw new EngineException(ErrorCode.InvalidTransform, "vmap has mapped output but out_axes is None");
}
