using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>The devices that TorchSharp's libtorch has.</summary>
internal static class DeviceNames
{
    public static int CudaCount => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <summary><c>cpu</c>, a virtual <c>cpu:1</c> (the same device), <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <exception cref="EngineException">InvalidDevice.</exception>
    public static torch.Device Parse(string? name)
    {
        string[] parts = (name ?? "cpu").Split(':');
        bool hasIndex = parts.Length == 2;
        int index = 0;
        bool isName =
            parts.Length == 1
            || (hasIndex && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index));
        if (isName && parts[0] == "cpu")
        {
            return torch.CPU;
        }

        if (isName && parts[0] == "cuda" && index < CudaCount)
        {
            return torch.device($"cuda:{index}");
        }

        string known = string.Join(", ", Enumerable.Range(0, CudaCount).Select(i => $"cuda:{i}").Prepend("cpu"));
        throw new EngineException(ErrorCode.InvalidDevice, $"there is no device '{name}' here; there is {known}.");
    }
}
