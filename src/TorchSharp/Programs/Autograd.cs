using System.Runtime.InteropServices;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>
/// Gradients through TorchSharp. <c>torch.autograd.grad</c> lets libtorch's exceptions through, which ends the process
/// (an operator without a derivative is enough); <c>torch.autograd.backward</c> does not, but keeps what it finds in the
/// tensors. So a derivative is tried by the one before it is taken by the other.
/// </summary>
internal static class Autograd
{
    /// <summary>A fresh variable for this level of differentiation; what is outside still sees through it.</summary>
    public static Tensor Variable(Tensor tensor, bool record) =>
        record && tensor.requires_grad ? tensor.view_as(tensor) : tensor.detach().requires_grad_();

    /// <summary>Gradients of outputs, taken with cotangents; null for inputs that were not used.</summary>
    /// <param name="outputs">Those without a graph are left out.</param>
    /// <param name="inputs">What the gradients are taken in.</param>
    /// <param name="cotangents">One an output; null for zeros.</param>
    /// <param name="record">Whether the gradients can be differentiated.</param>
    public static Tensor?[] Grad(
        IReadOnlyList<Tensor?> outputs,
        IReadOnlyList<Tensor> inputs,
        IReadOnlyList<Tensor?> cotangents,
        bool record
    )
    {
        (List<Tensor> from, List<Tensor> with) = Pairs(outputs, cotangents);
        if (from.Count == 0 || inputs.Count == 0)
        {
            return new Tensor?[inputs.Count];
        }

        using IDisposable mode = torch.set_grad_enabled(record);
        IList<Tensor> found = torch.autograd.grad(
            from,
            [.. inputs],
            with,
            retain_graph: true,
            create_graph: record,
            allow_unused: true
        );
        return [.. found.Select(Defined)];
    }

    /// <summary>Tries whether outputs can be differentiated, recording or not; finds nothing.</summary>
    /// <exception cref="Errors.EngineException">ExecutionFailed: an operator has no derivative, or raises in it.</exception>
    public static void Try(IReadOnlyList<Tensor?> outputs, IReadOnlyList<Tensor> inputs, bool record)
    {
        (List<Tensor> from, List<Tensor> with) = Pairs(outputs, [.. outputs.Select(Ones)]);
        if (from.Count == 0 || inputs.Count == 0)
        {
            return;
        }

        try
        {
            torch.autograd.backward(from, with, retain_graph: true, create_graph: record, inputs: [.. inputs]);
            foreach (Tensor input in inputs)
            {
                input.grad()?.detach_(); // a recorded gradient that its own variable keeps would keep both forever
            }
        }
        catch (ExternalException error)
        {
            throw TorchErrors.OfFunction(error);
        }
    }

    public static Tensor OrZeros(Tensor? tensor, Tensor like) => tensor ?? Tensors.ZerosLike(like);

    private static (List<Tensor> From, List<Tensor> With) Pairs(
        IReadOnlyList<Tensor?> outputs,
        IReadOnlyList<Tensor?> cotangents
    )
    {
        var from = new List<Tensor>();
        var with = new List<Tensor>();
        for (int i = 0; i < outputs.Count; i++)
        {
            if (outputs[i] is { requires_grad: true } output && cotangents[i] is { } cotangent)
            {
                from.Add(output);
                with.Add(cotangent);
            }
        }

        return (from, with);
    }

    private static Tensor? Ones(Tensor? like) =>
        like is null ? null : torch.ones(like.shape, dtype: like.dtype, device: like.device);

    // An undefined tensor comes as one without a handle, which throws where it is asked for.
    private static Tensor? Defined(Tensor tensor) => tensor.IsInvalid ? null : tensor;
}
