using Torch2Jax.Arrays;

namespace Torch2Jax.Torch;

/// <summary>
/// Who compiles functions and runs programs: this process's libtorch, or something else behind the same narrow seam.
/// Nothing above it sees a pointer, and nothing assumes the same address space beyond array buffers.
/// </summary>
public interface ITorchBackend : IDisposable
{
    /// <summary>The libtorch behind the seam, such as <c>1.13.1</c>.</summary>
    string LibtorchVersion { get; }

    /// <summary>The devices of this machine.</summary>
    IReadOnlyList<DeviceInfo> Devices { get; }

    /// <summary>Threads that one operator may use; process-wide.</summary>
    int Threads { get; set; }

    /// <summary>What is alive; tests assert that it returns to where it was.</summary>
    TorchCounters Counters { get; }

    /// <summary>Compiles TorchScript source.</summary>
    /// <param name="source">The text, at most 1 MiB of UTF-8.</param>
    /// <param name="entry">The function to call in it; null where it defines one alone.</param>
    /// <exception cref="Errors.EngineException">InvalidSource or ForbiddenOperator.</exception>
    ICompiledFunction Compile(string source, string? entry);

    /// <summary>Loads one method of a TorchScript archive.</summary>
    /// <param name="archive">The bytes of the archive.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="functional">Whether parameters and buffers become the first argument, a dict by dotted name.</param>
    /// <exception cref="Errors.EngineException">InvalidSource or ForbiddenOperator.</exception>
    ICompiledFunction LoadArchive(ReadOnlySpan<byte> archive, string method, bool functional);

    /// <summary>
    /// Holds all calls together to so many bytes of tensors on a device: one that alone needs more fails with
    /// ExecutionFailed, one in whose way others stand with Overloaded. A backend that cannot count its tensors does nothing.
    /// </summary>
    /// <param name="device">The device's name, as <see cref="Devices"/> has it.</param>
    /// <param name="bytes">The limit, the process's; 0 for none.</param>
    void LimitMemory(string device, long bytes) { }

    /// <summary>Gives cached memory back to the system.</summary>
    void Trim();

    /// <summary>Takes what functions have printed since the last call.</summary>
    string TakeLog();
}

/// <summary>A function as the backend holds it.</summary>
public interface ICompiledFunction : IDisposable
{
    /// <summary>Its arguments and result as TorchScript declares them.</summary>
    FunctionSchema Schema { get; }

    /// <summary>Makes a program: the function with a structure of arguments, static values and transforms.</summary>
    /// <param name="arguments">Structure code of the arguments (src/Native/include/t2j.h).</param>
    /// <param name="transforms">One line a transform, the innermost first (the same header); empty for none.</param>
    ITorchProgram CreateProgram(string arguments, string transforms);
}

/// <summary>A program: made once, called often, from any number of threads at once.</summary>
public interface ITorchProgram : IDisposable
{
    /// <summary>Number of arrays a call takes.</summary>
    int InputCount { get; }

    /// <summary>Runs on arrays and gives new arrays.</summary>
    /// <param name="inputs">The program's leaves in order.</param>
    /// <param name="options">Device, seed and limits.</param>
    ProgramResult Run(ReadOnlySpan<NDArray> inputs, in RunOptions options);

    /// <summary>Runs on arrays and writes the results into arrays of the caller; allocates nothing.</summary>
    /// <param name="inputs">The program's leaves in order.</param>
    /// <param name="outputs">Arrays with the dtypes and shapes of the outputs.</param>
    /// <param name="options">Device, seed and limits.</param>
    void RunInto(ReadOnlySpan<NDArray> inputs, ReadOnlySpan<NDArray> outputs, in RunOptions options);

    /// <summary>Finds the shapes of the outputs without data.</summary>
    /// <param name="inputs">Shapes and dtypes of the program's leaves in order.</param>
    /// <param name="allowZeros">Whether to run on zeros where meta tensors do not do.</param>
    /// <param name="options">Device and limits.</param>
    /// <exception cref="Errors.EngineException">DataDependentShape where neither works.</exception>
    InferredResult Infer(ReadOnlySpan<ShapeDtypeStruct> inputs, bool allowZeros, in RunOptions options);
}
