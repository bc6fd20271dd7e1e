using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using static Torch2Jax.Tests.Functions.ServiceFixture;

namespace Torch2Jax.Tests.Functions;

/// <summary>Archives as functions: the digit classifier's module.</summary>
public sealed class ArchiveTests
{
    private static readonly string Digits = Path.Combine(Goldens.Folder, "digits", "digits_mlp.pt");

    private static readonly string[] Names = ["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"];

    [Fact]
    public async Task An_archive_is_registered_called_and_found_again_after_a_restart()
    {
        await using var before = new ServiceFixture();
        JaxFunction forward = await before.Register(
            new RegistrationRequest("digits", Archive: File.ReadAllBytes(Digits))
        );
        Assert.Equal("forward", forward.Version.Content.Entry);
        using InvocationResult first = forward.Call(Zeros(3, 64));
        Assert.Equal("float32[3, 10]", first.Outputs.Leaves[0].ToString());
        Assert.Equal(CacheOutcome.Miss, first.Cache);

        await using var after = new ServiceFixture(before.Registry);
        using InvocationResult second = (await after.Service.GetAsync("digits")).Call(Zeros(3, 64));
        Assert.Equal(CacheOutcome.Restored, second.Cache);
        Assert.Equal(first.Outputs.Floats(), second.Outputs.Floats());
    }

    [Fact]
    public async Task Parameters_of_a_functional_archive_are_an_argument_that_has_gradients()
    {
        await using var fixture = new ServiceFixture();
        JaxFunction forward = await fixture.Register(
            new RegistrationRequest("digits", Archive: File.ReadAllBytes(Digits), Functional: true)
        );
        PyTree<IArgumentLeaf> parameters = PyTree.Dict(
            new[] { Zeros(32), Zeros(32, 64), Zeros(10), Zeros(10, 32) }.Select(
                (leaf, i) => KeyValuePair.Create(Names[i], leaf)
            )
        );
        using InvocationResult result = forward.Invoke(
            new Invocation([parameters, Zeros(1, 64)], Transforms: [new Jacrev()])
        );
        Assert.Equal(Names, result.Outputs.Structure.Keys);
        Assert.Equal("float32[1, 10, 10, 32]", result.Outputs["fc2.weight"].Leaves[0].ToString());
        EngineException error = Throws(
            ErrorCode.ExecutionFailed,
            () => forward.Call(PyTree.Dict<IArgumentLeaf>([]), Zeros(1, 64))
        );
        Assert.Contains("fc1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        await using var fixture = new ServiceFixture();
        await ThrowsAsync(
            ErrorCode.InvalidSource,
            () => fixture.Service.RegisterAsync(new RegistrationRequest("f", Archive: new byte[] { 1, 2, 3 }))
        );
        await ThrowsAsync(
            ErrorCode.MalformedRequest,
            () => fixture.Service.RegisterAsync(new RegistrationRequest("f", Add, new byte[] { 1, 2, 3 }))
        );
    }

    private static PyTree<IArgumentLeaf> Zeros(params long[] shape) =>
        PyTree.Leaf<IArgumentLeaf>(ProbeArrays.Zeros(new ShapeDtypeStruct(DType.Float32, shape)));
}
