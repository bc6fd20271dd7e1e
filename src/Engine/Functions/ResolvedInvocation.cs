using Torch2Jax.Arrays;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>A call whose references are replaced. The stored arrays stay in memory until this is disposed of.</summary>
public sealed class ResolvedInvocation : IDisposable
{
    private readonly IReadOnlyCollection<ArrayLease> held;

    internal ResolvedInvocation(Invocation invocation, IReadOnlyCollection<ArrayLease> held)
    {
        Invocation = invocation;
        this.held = held;
    }

    /// <summary>The call, without a reference.</summary>
    public Invocation Invocation { get; }

    /// <summary>Lets go of the stored arrays.</summary>
    public void Dispose()
    {
        foreach (var lease in held)
        {
            lease.Dispose();
        }
    }
}
