namespace Torch2Jax.TorchSharp.Programs;

/// <summary>An input of a batch around derivatives: its axis, whether it gets a copy an element, and axes further in.</summary>
internal sealed class MovedInput(long axis, bool expand)
{
    public long Axis => axis;

    public bool Expand => expand;

    public int Shift { get; set; }
}

/// <summary>
/// How a batch around derivatives enters them (the batch of a derivative is the derivative of the batch): brings its axes to the
/// front, and repeats leaves that are differentiated, so that each element has a gradient of its own.
/// </summary>
internal sealed class MoveAxesNode(
    Node inner,
    long size,
    IReadOnlyList<MovedInput> axes,
    IReadOnlyList<long> outAxes,
    int outShift
) : Node
{
    public override Tensor[] Run(Tensor[] inputs, RunContext context, bool record)
    {
        using IDisposable mode = torch.set_grad_enabled(record);
        var moved = new Tensor[axes.Count];
        for (int i = 0; i < moved.Length; i++)
        {
            moved[i] = Move(axes[i], inputs[i]);
        }

        Tensor[] outputs = inner.Run(moved, context, record);
        for (int k = 0; k < outputs.Length; k++)
        {
            long axis = outAxes.Count == 1 ? outAxes[0] : outAxes[k];
            // The host knows which outputs are the same for all elements: a derivative's primal outputs may be.
            outputs[k] =
                axis == NotMapped
                    ? outputs[k].select(outShift, 0)
                    : Tensors.MoveAxis(outputs[k], outShift, Axes.Place(axis, outputs[k].dim(), outShift));
        }

        return outputs;
    }

    private Tensor Move(MovedInput place, Tensor input)
    {
        if (place.Axis == NotMapped)
        {
            return place.Expand ? Tensors.Repeat(input, size, place.Shift) : input;
        }

        long from = place.Axis < 0 ? place.Axis + input.dim() : place.Axis + place.Shift;
        if (from < place.Shift || from >= input.dim() || input.shape[from] != size)
        {
            throw Axes.DoesNotFit(size, input, place.Axis);
        }

        return Tensors.MoveAxis(input, from, place.Shift);
    }
}
