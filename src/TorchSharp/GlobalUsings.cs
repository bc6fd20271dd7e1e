#pragma warning disable CS8981 // TorchSharp writes torch as PyTorch does, and so do we.
// Inside namespace Torch2Jax.TorchSharp the name of the package's namespace means ours, so its types are named here.
global using ExternalScope = TorchSharp.DisposeScope;
global using ScalarType = TorchSharp.torch.ScalarType;
global using Tensor = TorchSharp.torch.Tensor;
global using torch = TorchSharp.torch;
