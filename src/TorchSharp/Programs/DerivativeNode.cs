using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>The kinds of derivative: V, J, G, R, W.</summary>
internal enum DerivativeKind
{
    Vjp,
    Jvp,
    Grad,
    Jacrev,
    Jacfwd,
}

/// <summary>What a derivative is taken of; batches further out put axes in front.</summary>
internal sealed class DerivativeOptions
{
    public DerivativeKind Kind { get; init; }

    /// <summary>Cotangents or tangents that it takes more.</summary>
    public int Extra { get; init; }

    /// <summary>The leaves it is taken in; null for all differentiable ones.</summary>
    public IReadOnlyList<int>? Leaves { get; init; }

    public bool Value { get; init; }

    public bool Aux { get; init; }

    /// <summary>Axes of batches in front of every array.</summary>
    public int Prefix { get; set; }
}

/// <summary>V, J, G, R and W: reverse mode by autograd, forward mode as the reverse of the reverse.</summary>
internal sealed class DerivativeNode(Node inner, DerivativeOptions options) : Node
{
    private readonly bool[] tried = new bool[2]; // not recorded, recorded

    public override Tensor[] Run(Tensor[] inputs, RunContext context, bool record)
    {
        Tensor[] extra = inputs[(inputs.Length - options.Extra)..];
        if (!Volatile.Read(ref tried[record ? 1 : 0]))
        {
            // On variables of its own, so that what is tried leaves nothing behind in the real ones.
            (Tensor[] leaves, List<Tensor> variables) = Variables([.. inputs.Select(input => input.detach())], false);
            Tensor[] found = inner.Run(leaves, context, true);
            Try(Differentiable(found), variables, record);
            Volatile.Write(ref tried[record ? 1 : 0], true);
        }

        (Tensor[] primals, List<Tensor> to) = Variables(inputs, record);
        Tensor[] outputs = inner.Run(primals, context, true);
        var derivative = new Derivatives(options.Prefix, context, record);
        List<Tensor> results = options.Kind switch
        {
            DerivativeKind.Vjp => derivative.Vjp(outputs, to, extra),
            DerivativeKind.Jvp => derivative.Jvp(outputs, to, extra),
            DerivativeKind.Grad => derivative.Grad(outputs, to, options.Value, options.Aux),
            DerivativeKind.Jacrev => derivative.Jacrev(outputs, to),
            DerivativeKind.Jacfwd => derivative.Jacfwd(outputs, to),
            _ => throw new InvalidOperationException($"{options.Kind} is no derivative."),
        };
        return [.. record ? results : results.Select(result => result.detach())];
    }

    public static List<Tensor> Differentiable(IEnumerable<Tensor> tensors) =>
        [.. tensors.Where(Tensors.IsDifferentiable)];

    private void Try(List<Tensor> outputs, List<Tensor> variables, bool record)
    {
        // A second derivative records the first, whoever is outside.
        bool isTwice = options.Kind is DerivativeKind.Jvp or DerivativeKind.Jacfwd;
        Autograd.Try(outputs, variables, record || isTwice);
        if (isTwice)
        {
            List<Tensor> dummies = Derivatives.Dummies(outputs);
            Autograd.Try(Autograd.Grad(outputs, variables, dummies, record: true), dummies, record);
        }
    }

    private (Tensor[] Primals, List<Tensor> To) Variables(Tensor[] inputs, bool record)
    {
        Tensor[] primals = inputs[..(inputs.Length - options.Extra)];
        var to = new List<Tensor>();
        using IDisposable mode = torch.set_grad_enabled(true);
        foreach (int i in options.Leaves ?? [.. Enumerable.Range(0, primals.Length)])
        {
            if (Tensors.IsDifferentiable(primals[i]))
            {
                primals[i] = Autograd.Variable(primals[i], record);
                to.Add(primals[i]);
            }
        }

        return (primals, to);
    }
}
