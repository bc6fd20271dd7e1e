using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Functions;

/// <summary>Gradient descent on the digits network through the engine: parameters are a tree argument.</summary>
[Collection(CountedCollection.Name)]
public sealed class DigitsTrainingTests
{
    private const float LearningRate = 0.1f;
    private const float StartScale = 0.5f;

    [Fact]
    public async Task Fifty_steps_of_gradient_descent_follow_the_recorded_losses()
    {
        var folder = Path.Combine(Goldens.Folder, "digits");
        using var digits = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "digits.json")));
        using var training = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "digits_training.json")));
        var losses = training.RootElement.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble()).ToArray();
        var tolerance = training.RootElement.GetProperty("rtol").GetDouble();
        Assert.Equal(51, losses.Length);

        var parameters = Safetensors.Read(
            File.ReadAllBytes(Path.Combine(folder, "digits_mlp.safetensors")),
            ReadLimits.Default
        );
        var rows = Npz.Read(File.ReadAllBytes(Path.Combine(folder, "digits_test.npz")), ReadLimits.Default);
        foreach (var parameter in parameters.Values)
        {
            Update(parameter, value => value * StartScale);
        }

        await using var fixture = new ServiceFixture();
        var source = digits.RootElement.GetProperty("source").GetString()!;
        var loss = await fixture.Register(new RegistrationRequest("digits_loss", source, Entry: "loss"));
        var tree = PyTree.Dict(
            parameters.Select(entry => KeyValuePair.Create(entry.Key, PyTree.Leaf<IArgumentLeaf>(entry.Value)))
        );
        var step = new Invocation(
            [tree, PyTree.Leaf<IArgumentLeaf>(rows["x"]), PyTree.Leaf<IArgumentLeaf>(rows["y"])],
            Transforms: [new ValueAndGrad()]
        );
        foreach (var expected in losses)
        {
            using var answer = loss.Invoke(step);
            var value = answer.Outputs[0].Leaves[0].AsSpan<float>()[0];
            Assert.InRange(value, expected * (1 - tolerance), expected * (1 + tolerance));
            Descend(tree, answer.Outputs[1]);
        }

        foreach (var array in parameters.Values.Concat(rows.Values))
        {
            array.Dispose();
        }
    }

    private static void Descend(PyTree<IArgumentLeaf> parameters, PyTree<NDArray> gradients)
    {
        Assert.Equal(parameters.Structure, gradients.Structure);
        for (var i = 0; i < gradients.Leaves.Count; i++)
        {
            var gradient = gradients.Leaves[i].AsSpan<float>();
            var parameter = ((NDArray)parameters.Leaves[i]).AsSpan<float>();
            for (var j = 0; j < parameter.Length; j++)
            {
                parameter[j] -= LearningRate * gradient[j];
            }
        }
    }

    private static void Update(NDArray array, Func<float, float> change)
    {
        foreach (ref var value in array.AsSpan<float>())
        {
            value = change(value);
        }
    }
}
