using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>Content in memory. Users and place are the cache's to count, under its lock.</summary>
internal sealed class CachedContent
{
    private readonly ArrayCache cache;
    private readonly PyTree<NDArray> owned;

    public CachedContent(ArrayCache cache, string sha256, PyTree<NDArray> arrays)
    {
        this.cache = cache;
        owned = arrays;
        Sha256 = sha256;
        Place = new LinkedListNode<CachedContent>(this);
        var shared = new NDArray[arrays.Leaves.Count];
        for (var i = 0; i < shared.Length; i++)
        {
            shared[i] = arrays.Leaves[i].As(new ContentKey(sha256, i));
            Bytes += shared[i].ByteLength;
        }

        Arrays = new PyTree<NDArray>(arrays.Structure, shared);
        Leaves = Arrays.Map(array => (IArgumentLeaf)array);
    }

    public string Sha256 { get; }

    public long Bytes { get; }

    /// <summary>The arrays; disposing of them frees nothing.</summary>
    public PyTree<NDArray> Arrays { get; }

    /// <summary>The same as arguments.</summary>
    public PyTree<IArgumentLeaf> Leaves { get; }

    public LinkedListNode<CachedContent> Place { get; }

    public int Users { get; set; }

    public bool IsKept { get; set; }

    /// <summary>Gives a borrowed content back; once for each time it was borrowed.</summary>
    public void Return() => cache.Return(this);

    public void Free()
    {
        foreach (var array in owned.Leaves)
        {
            array.Dispose();
        }
    }
}
