using Torch2Jax.Arrays;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>The function's own positional arguments beneath its transforms, as the caller wrote them.</summary>
internal static class PeeledArguments
{
    /// <summary>Takes vjp's and jvp's wrappers off; null where an argument is no wrapper (the planner says what is wrong).</summary>
    public static IReadOnlyList<PyTree<IArgumentLeaf>>? Of(
        IReadOnlyList<Transform> transforms,
        IReadOnlyList<PyTree<IArgumentLeaf>> args
    )
    {
        for (var i = transforms.Count - 1; i >= 0; i--)
        {
            if (transforms[i] is not (Vjp or Jvp))
            {
                continue;
            }

            if (args.Count == 0 || args[0].Structure.Kind is not (TreeKind.Tuple or TreeKind.List))
            {
                return null;
            }

            args = args[0].Children;
        }

        return args;
    }
}
