using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Tests.Backend;

/// <summary>C# functions over TorchSharp's tensors, registered and called as any others.</summary>
public sealed class DelegateTests(BackendFixture fixture) : IClassFixture<BackendFixture>
{
    [Fact]
    public async Task A_delegate_is_called_with_arrays()
    {
        string source = fixture.Backend.Delegates.Add("product", (x, y) => x * y);
        float[][] outputs = await fixture.Call(source, new Invocation([F32(1, 2), F32(3, 4)]));
        Assert.Equal([3, 8], outputs[0]);
    }

    [Fact]
    public async Task The_gradient_of_a_delegate_is_taken_by_the_transform()
    {
        string source = fixture.Backend.Delegates.Add("cubes", x => (x * x * x).sum());
        float[][] outputs = await fixture.Call(source, new Invocation([F32(1, 2, 3)]) { Transforms = [new Grad()] });
        Assert.Equal([3, 12, 27], outputs[0]);
    }

    [Fact]
    public async Task So_are_its_hessian_and_gradients_an_example()
    {
        string source = fixture.Backend.Delegates.Add("cubes", x => (x * x * x).sum());
        float[][] hessian = await fixture.Call(source, new Invocation([F32(1, 2)]) { Transforms = [new Hessian()] });
        Assert.Equal([6, 0, 0, 12], hessian[0]);

        float[][] each = await fixture.Call(
            source,
            new Invocation([F32(1, 2)])
            {
                Transforms = [new Grad(), new Vmap() with { Method = VmapMethods.Sequential }],
            }
        );
        Assert.Equal([3, 12], each[0]);
    }

    [Fact]
    public async Task Trees_and_static_values_come_by_name()
    {
        string source = fixture.Backend.Delegates.Add(
            "affine(params: Dict[str, Tensor], x: Tensor, power: int = 2) -> Dict[str, Tensor]",
            arguments =>
            {
                PyTree<global::TorchSharp.torch.Tensor> given = arguments.Tree("params");
                var y = (given["w"].Leaves[0] * arguments.Array("x")) + given["b"].Leaves[0];
                return PyTree.Dict<global::TorchSharp.torch.Tensor>(
                    [
                        KeyValuePair.Create("y", PyTree.Leaf(y)),
                        KeyValuePair.Create("p", PyTree.Leaf(y.pow(arguments.Value<long>("power")))),
                    ]
                );
            }
        );
        var parameters = PyTree.Dict<Arrays.IArgumentLeaf>(
            [KeyValuePair.Create("w", F32(2, 3)), KeyValuePair.Create("b", F32(1, 1))]
        );
        float[][] outputs = await fixture.Call(source, new Invocation([parameters, F32(1, 2)]));
        Assert.Equal([9, 49], outputs[0]);
        Assert.Equal([3, 7], outputs[1]);
    }

    [Fact]
    public async Task What_a_delegate_throws_is_the_functions_failure()
    {
        string source = fixture.Backend.Delegates.Add("broken", x => throw new InvalidOperationException("no luck"));
        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Call(source, new Invocation([F32(1)])));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains("no luck", error.Message);
    }

    [Fact]
    public async Task A_delegate_of_another_process_is_said_to_be_missing()
    {
        string source = fixture.Backend.Delegates.Add("here", x => x);
        string elsewhere = source.Replace("here", "elsewhere", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Call(elsewhere, new Invocation([F32(1)])));
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
    }

    private static PyTree<Arrays.IArgumentLeaf> F32(params float[] values) => BackendFixture.F32(values);
}
