using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>The derivatives of outputs that were recorded, in JAX's conventions and with its errors.</summary>
internal sealed class Derivatives(int prefix, RunContext context, bool record)
{
    /// <summary>Cotangents that are variables: the cotangent map is linear in them, so its derivative is the tangent map.</summary>
    public static List<Tensor> Dummies(IEnumerable<Tensor> outputs) =>
        [.. outputs.Select(output => Tensors.ZerosLike(output).requires_grad_())];

    public List<Tensor> Vjp(Tensor[] outputs, List<Tensor> to, Tensor[] cotangents)
    {
        List<Tensor> from = DerivativeNode.Differentiable(outputs);
        if (from.Count != cotangents.Length)
        {
            throw Mismatch(
                $"vjp: {cotangents.Length} cotangents were given for {from.Count} differentiable output leaves"
            );
        }

        for (int i = 0; i < from.Count; i++)
        {
            CheckSame(cotangents[i], from[i], "vjp: cotangent", "output", i);
        }

        using IDisposable mode = torch.set_grad_enabled(record);
        Tensor?[] found = Autograd.Grad(from, to, [.. cotangents.Select(Conjugate)], record);
        return [.. outputs, .. to.Select((leaf, i) => Conjugate(Autograd.OrZeros(found[i], leaf)))];
    }

    public List<Tensor> Jvp(Tensor[] outputs, List<Tensor> to, Tensor[] tangents)
    {
        List<Tensor> from = DerivativeNode.Differentiable(outputs);
        if (to.Count != tangents.Length)
        {
            throw Mismatch($"jvp: {tangents.Length} tangents were given for {to.Count} differentiable input leaves");
        }

        for (int i = 0; i < to.Count; i++)
        {
            CheckSame(tangents[i], to[i], "jvp: tangent", "input", i);
        }

        List<Tensor> dummies = Dummies(from);
        Tensor?[] reverse = Autograd.Grad(from, to, dummies, record: true);
        Tensor?[] found = Autograd.Grad(reverse, dummies, tangents, record);
        return [.. outputs, .. from.Select((output, i) => Autograd.OrZeros(found[i], output))];
    }

    public List<Tensor> Grad(Tensor[] outputs, List<Tensor> to, bool withValue, bool hasAux)
    {
        CheckScalar(outputs, hasAux);
        Tensor one = torch.ones(outputs[0].shape, dtype: outputs[0].dtype, device: outputs[0].device);
        Tensor?[] found = Autograd.Grad([outputs[0]], to, [one], record);
        using IDisposable mode = torch.set_grad_enabled(record);
        var gradients = to.Select((leaf, i) => Conjugate(Autograd.OrZeros(found[i], leaf)));
        return withValue ? [.. outputs, .. gradients] : [.. gradients, .. outputs[1..]];
    }

    public List<Tensor> Jacrev(Tensor[] outputs, List<Tensor> to)
    {
        var results = new List<Tensor>();
        foreach (Tensor output in DerivativeNode.Differentiable(outputs))
        {
            Tensor?[] rows = Rows(output, to.Count, unit => Autograd.Grad([output], to, [unit], record));
            results.AddRange(to.Select((leaf, i) => Unfold(rows[i], output, leaf, rowsFirst: true)));
        }

        return results;
    }

    public List<Tensor> Jacfwd(Tensor[] outputs, List<Tensor> to)
    {
        List<Tensor> from = DerivativeNode.Differentiable(outputs);
        List<Tensor> dummies = Dummies(from);
        Tensor?[] reverse = Autograd.Grad(from, to, dummies, record: true);
        Tensor?[][] columns =
        [
            .. to.Select(
                (leaf, i) => Rows(leaf, from.Count, unit => Autograd.Grad([reverse[i]], dummies, [unit], record))
            ),
        ];
        return
        [
            .. from.SelectMany(
                (output, k) => to.Select((leaf, i) => Unfold(columns[i][k], leaf, output, rowsFirst: false))
            ),
        ];
    }

    // Runs a pass on the unit vectors of an array's shape (behind the axes of batches), one by one, and stacks the results.
    private Tensor?[] Rows(Tensor like, int count, Func<Tensor, Tensor?[]> pass)
    {
        long rows = like.shape.Skip(prefix).Aggregate(1L, (all, next) => all * next);
        var found = new List<Tensor>?[count];
        for (long row = 0; row < rows; row++)
        {
            context.CheckDeadline();
            Tensor unit = torch.zeros([rows], dtype: like.dtype, device: like.device);
            using (torch.no_grad())
            {
                unit[row] = torch.ones([], dtype: like.dtype, device: like.device);
            }

            long[] shape = [.. like.shape.Select((size, axis) => axis < prefix ? 1 : size)];
            Tensor?[] results = pass(unit.reshape(shape).expand(like.shape));
            for (int i = 0; i < count; i++)
            {
                if (results[i] is { } result)
                {
                    (found[i] ??= []).Add(result);
                }
            }
        }

        using IDisposable mode = torch.set_grad_enabled(record);
        return [.. found.Select(column => column is null ? null : torch.stack(column))];
    }

    // [rows, prefix.., rest..] -> [prefix.., a.., b..] with the rows unfolded before (jacrev) or behind (jacfwd) the rest.
    private Tensor Unfold(Tensor? rows, Tensor unit, Tensor rest, bool rowsFirst)
    {
        IEnumerable<long> first = (rowsFirst ? unit : rest).shape.Skip(prefix);
        IEnumerable<long> second = (rowsFirst ? rest : unit).shape.Skip(prefix);
        long[] shape = [.. rest.shape.Take(prefix), .. first, .. second];
        using IDisposable mode = torch.set_grad_enabled(record);
        return rows is null
            ? torch.zeros(shape, dtype: rest.dtype, device: rest.device)
            : Tensors.MoveAxis(rows, 0, rowsFirst ? prefix : rows.dim() - 1).reshape(shape);
    }

    private void CheckScalar(Tensor[] outputs, bool hasAux)
    {
        if (outputs.Length == 0)
        {
            throw NotDifferentiable("grad: the function returns no array to differentiate");
        }

        Tensor value = outputs[0];
        if (value.dim() != prefix)
        {
            string shape = string.Join(", ", value.shape.Skip(prefix)) + (value.dim() - prefix == 1 ? "," : "");
            throw NotDifferentiable($"Gradient only defined for scalar-output functions. Output had shape: ({shape}).");
        }

        if (!torch.is_floating_point(value))
        {
            throw NotDifferentiable(
                "grad requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got "
                    + Tensors.Describe(value)
            );
        }

        if (!hasAux && outputs.Length > 1)
        {
            throw NotDifferentiable(
                "Gradient only defined for scalar-output functions. Output was a tree of "
                    + $"{outputs.Length} leaves; hasAux takes (value, aux)."
            );
        }
    }

    // torch's cotangents of complex values are the conjugates of JAX's.
    private static Tensor Conjugate(Tensor tensor) => tensor.is_complex() ? tensor.conj().resolve_conj() : tensor;

    private static void CheckSame(Tensor given, Tensor leaf, string what, string of, int index)
    {
        if (given.dtype != leaf.dtype || !given.shape.AsSpan().SequenceEqual(leaf.shape))
        {
            throw Mismatch(
                $"{what} {index} is {Tensors.Describe(given)}, but the {of} it belongs to is {Tensors.Describe(leaf)}"
            );
        }
    }

    private static EngineException Mismatch(string text) => new(ErrorCode.StructureMismatch, text);

    private static EngineException NotDifferentiable(string text) => new(ErrorCode.NotDifferentiable, text);
}
