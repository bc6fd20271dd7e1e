using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Stored;

/// <summary>A call that names a stored array neither reads nor copies it.</summary>
[Collection(CountedCollection.Name)]
public sealed class ResolvedCallTests : IAsyncDisposable
{
    private const int Floats = 4 << 20;

    private readonly ServiceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task Its_arrays_are_those_in_memory_and_no_other_memory_is_taken()
    {
        using var large = NDArray.Allocate(DType.Float32, Floats);
        large.AsSpan<float>().Fill(0.5f);
        var function = await fixture.Register(
            "mean",
            "def f(p: Dict[str, Tensor], x: Tensor) -> Tensor:\n    return p['w'].mean() + x\n"
        );
        var saved = await fixture.Service.Arrays.PutAsync("p", PyTree.Dict<NDArray>([new("w", PyTree.Leaf(large))]));
        using var x = NDArray.FromArray<float>([1]);
        var call = new Invocation([Name("p"), PyTree.Leaf<IArgumentLeaf>(x)]);
        nint pointer;
        using (var first = await fixture.Service.ResolveAsync(call))
        {
            pointer = ((NDArray)first.Invocation.Args[0].Leaves[0]).Pointer;
            function.Invoke(first.Invocation).Dispose();
        }

        Blocks.Settle();
        var blocks = ArrayMemory.RentedBlocks;
        var managed = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            // Nothing is waited for: it goes on this thread.
            var resolving = fixture.Service.ResolveAsync(call);
            Assert.True(resolving.IsCompleted);
            using var resolved = await resolving;
            var array = (NDArray)resolved.Invocation.Args[0].Leaves[0];
            Assert.Equal(pointer, array.Pointer);
            Assert.Equal(new ContentKey(saved.Array.Sha256, 0), array.Content);
            array.Dispose();
            Assert.Equal(blocks, ArrayMemory.RentedBlocks);
            using var result = function.Invoke(resolved.Invocation);
            Assert.Equal(1.5f, result.Outputs.Leaves[0].AsSpan<float>()[0]);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, 10 * 32 * 1024);
        Assert.Equal(1, fixture.Registry.ArrayStore.Reads);
        Assert.Equal((10, 1), (fixture.Service.Arrays.Cache.Hits, fixture.Service.Arrays.Cache.Misses));
    }

    [Fact]
    public async Task A_call_without_names_comes_back_as_it_is()
    {
        var call = new Invocation([ServiceFixture.F32(1)]);
        using var resolved = await fixture.Service.ResolveAsync(call);
        Assert.Same(call, resolved.Invocation);
        Assert.Same(call, await fixture.Service.ResolveShapesAsync(call));
        ((NDArray)call.Args[0].Leaves[0]).Dispose();
    }

    [Fact]
    public async Task A_name_that_stands_twice_is_found_once_and_shapes_alone_read_nothing()
    {
        using var one = NDArray.FromArray<float>([1]);
        await fixture.Service.Arrays.PutAsync("p", PyTree.Leaf(one));
        var call = new Invocation(
            [PyTree.List(Name("p"), PyTree.Tuple(Name("p"), ServiceFixture.Shape(DType.Int64, 2)))]
        );

        var shapes = await fixture.Service.ResolveShapesAsync(call);
        Assert.Equal(0, fixture.Registry.ArrayStore.Reads);
        Assert.Equal("float32[], float32[], int64[2]", string.Join(", ", shapes.Args[0].Leaves));
        using var resolved = await fixture.Service.ResolveAsync(call);
        Assert.Equal(1, fixture.Registry.ArrayStore.Reads);
        Assert.Same(resolved.Invocation.Args[0].Leaves[0], resolved.Invocation.Args[0].Leaves[1]);
        Assert.Equal("PyTreeDef([*, (*, *)])", resolved.Invocation.Args[0].Structure.ToString());
    }

    [Fact]
    public async Task A_call_whose_names_nobody_followed_says_so()
    {
        var function = await fixture.Register("add", ServiceFixture.Add);
        var error = ServiceFixture.Throws(ErrorCode.MalformedRequest, () => function.Call(Name("p"), Name("p")));
        Assert.Contains("ResolveAsync", error.Message, StringComparison.Ordinal);
    }

    private static PyTree<IArgumentLeaf> Name(string name) => PyTree.Leaf<IArgumentLeaf>(new ArrayReference(name));
}
