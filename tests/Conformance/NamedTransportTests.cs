using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;

namespace Torch2Jax.Conformance;

/// <summary>That cases through the transport of names are not simply written out.</summary>
[Collection(ServiceCollection.Name)]
public sealed class NamedTransportTests(ServiceFixture service)
{
    [Fact]
    public async Task Arguments_are_stored_and_named()
    {
        var transport = (NamedTransport)service.Transport("named");
        var before = transport.Named;
        const string source = "def f(p: Dict[str, Tensor], x: Tensor) -> Tensor:\n    return p['w'] * x\n";
        Assert.Null(await transport.RegisterAsync(new RegistrationSpec("named_guard", source, null)));
        var x = new GoldenTree(NodeKind.Leaf)
        {
            Dtype = "float32",
            Shape = [1],
            Data = BitConverter.GetBytes(1234.5f),
        };

        var answer = await transport.InvokeAsync("named_guard", new CallSpec([GoldenTree.Dict([("w", x)]), x]));

        Assert.Null(answer.Failure);
        Assert.Equal(1234.5f * 1234.5f, BitConverter.ToSingle(answer.Outputs!.Data));
        Assert.Equal(before + 2, transport.Named);
    }
}
