using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>
/// Arrays that are stored once and named in calls: an <see cref="ArrayReference"/> in the place of the tree
/// (docs/arrays.md).
/// </summary>
/// <remarks>Errors are those of <see cref="IFunctionSession"/>; a name that is not there is ArrayNotFound.</remarks>
public interface IStoredArrays
{
    /// <summary>Stores an array or a tree of them under a name; what the name stood for goes. The arrays stay the caller's.</summary>
    /// <param name="name">The name; functions have the same rule.</param>
    /// <param name="arrays">The tree; named tuples become tuples, ordered dicts dicts.</param>
    /// <param name="condition">What must hold of the name, else it is PreconditionFailed; null for nothing.</param>
    /// <param name="cancellationToken">Gives up, unless it is stored already; until then the arrays may still be read.</param>
    PublishedArray Put(
        string name,
        PyTree<NDArray> arrays,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What is known of <c>name</c>, or of <c>name@sha256:HEX</c> as long as it has that content.</summary>
    /// <exception cref="EngineException">ArrayNotFound; Conflict where the name stands for other content.</exception>
    StoredArraySummary Find(string reference, CancellationToken cancellationToken = default);

    /// <summary>The arrays of <c>name</c> or <c>name@sha256:HEX</c>.</summary>
    /// <exception cref="EngineException">ArrayNotFound; Conflict where the name stands for other content.</exception>
    StoredContent Get(string reference, CancellationToken cancellationToken = default);

    /// <summary>What is stored in order of the names, fetched page by page while it is read.</summary>
    /// <param name="prefix">What names begin with; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IEnumerable<StoredArraySummary> List(string? prefix = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a name; calls that use it go on.</summary>
    void Delete(string name, ArrayCondition? condition = null, CancellationToken cancellationToken = default);
}
