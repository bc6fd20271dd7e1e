using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>The digit classifier of an archive, differentiated in its parameters.</summary>
public sealed class ArchiveGradientTests
{
    private static readonly string Folder = Path.Combine(Goldens.Folder, "digits");

    [Fact]
    public async Task Gradients_in_the_parameters_of_an_archive_are_the_recorded_ones()
    {
        await using var fixture = new ServiceFixture();
        var archive = File.ReadAllBytes(Path.Combine(Folder, "digits_mlp.pt"));
        var forward = await fixture.Register(new RegistrationRequest("digits", Archive: archive, Functional: true));
        var (parameters, rows) = (Parameters(), Rows());
        using var file = File.OpenRead(Path.Combine(Folder, "digits_expected.npz"));
        var expected = Npz.Read(file, ReadLimits.Default);
        using var cotangents = LossCotangents(expected["logits"], (NDArray)rows.Y.Leaves[0]);
        using var pulled = forward.Invoke(
            new Invocation(
                [PyTree.Tuple(parameters, rows.X), PyTree.Leaf<IArgumentLeaf>(cotangents)],
                Transforms: [new Vjp()]
            )
        );
        foreach (var name in parameters.Structure.Keys)
        {
            Closeness.Check(pulled.Outputs[1][0][name].Leaves[0], expected[$"grad.{name}"], 1e-5, 1e-5);
        }
    }

    private static PyTree<IArgumentLeaf> Parameters()
    {
        using var file = File.OpenRead(Path.Combine(Folder, "digits_mlp.safetensors"));
        var arrays = Safetensors.Read(file, ReadLimits.Default);
        return PyTree.Dict(
            arrays.Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf<IArgumentLeaf>(item.Value)))
        );
    }

    private static (PyTree<IArgumentLeaf> X, PyTree<IArgumentLeaf> Y) Rows()
    {
        using var file = File.OpenRead(Path.Combine(Folder, "digits_test.npz"));
        var arrays = Npz.Read(file, ReadLimits.Default);
        return (PyTree.Leaf<IArgumentLeaf>(arrays["x"]), PyTree.Leaf<IArgumentLeaf>(arrays["y"]));
    }

    // The gradient of the mean cross entropy in the logits: (softmax - one-hot) / rows.
    private static NDArray LossCotangents(NDArray logits, NDArray labels)
    {
        var cotangents = NDArray.Allocate(logits.Aval);
        var (rows, classes) = ((int)logits.Shape[0], (int)logits.Shape[1]);
        for (var row = 0; row < rows; row++)
        {
            var values = logits.AsSpan<float>().Slice(row * classes, classes);
            var into = cotangents.AsSpan<float>().Slice(row * classes, classes);
            var sum = 0.0;
            foreach (var value in values)
            {
                sum += Math.Exp(value);
            }

            for (var k = 0; k < classes; k++)
            {
                into[k] = (float)((Math.Exp(values[k]) / sum) - (k == labels.AsSpan<long>()[row] ? 1 : 0)) / rows;
            }
        }

        return cotangents;
    }
}
