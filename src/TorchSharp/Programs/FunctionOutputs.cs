using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>What one run of a function gave: its leaves in flatten order, and their tree.</summary>
internal readonly record struct FunctionOutputs(Tensor[] Leaves, TreeDef Structure);

/// <summary>A function on the leaves of its arguments, with a structure and static values fixed.</summary>
internal delegate FunctionOutputs LeafFunction(IReadOnlyList<Tensor> leaves);
