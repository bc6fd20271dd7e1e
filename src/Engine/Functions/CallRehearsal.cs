using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Calls a function of its own a few times, so that the runtime has compiled what every call goes through before the first
/// real one: a just-in-time compiled call takes thousands of times as long as a later one. Nothing of it is stored.
/// </summary>
internal static class CallRehearsal
{
    // The runtime compiles a method again, with optimisations, after 30 calls.
    private const int Calls = 64;

    private const string Source = "def rehearsal(x: Tensor, y: Tensor) -> Tensor:\n    return x + y\n";

    public static void Run(FunctionRuntime runtime, CancellationToken cancellationToken)
    {
        using var apart = new FunctionRuntime(
            runtime.Backend,
            isolated: null,
            new NoRegistry(),
            runtime.Options,
            runtime.Memory,
            runtime.Time,
            runtime.Log
        );
        var content = new FunctionContent(Source, null, "rehearsal", false, null, null, null, "sequential", null);
        var code = CompiledCode.Compile(apart.Backend, content, maxPrograms: 1);
        var details = new FunctionDetails(code.Schema.ToString(), null, null, null, [], null);
        var version = new FunctionVersion("rehearsal", 1, "", content, details, apart.Time.GetUtcNow());
        var function = new JaxFunction(version, FunctionDefinition.Of(code.Schema, content), code, apart);
        try
        {
            using var x = NDArray.FromArray([1f, 2f], 2);
            var leaf = PyTree.Leaf<IArgumentLeaf>(x);
            // Callers hand their arguments over in an array or a list, each with machine code of its own.
            IReadOnlyList<PyTree<IArgumentLeaf>> array = new[] { leaf, leaf };
            IReadOnlyList<PyTree<IArgumentLeaf>> list = new List<PyTree<IArgumentLeaf>> { leaf, leaf };
            for (var i = 0; i < Calls && !cancellationToken.IsCancellationRequested; i++)
            {
                function.Invoke(new Invocation(i % 2 == 0 ? array : list)).Dispose();
            }
        }
        finally
        {
            function.Retire();
        }
    }
}
