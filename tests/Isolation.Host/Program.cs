using Torch2Jax.Arrays;
using Torch2Jax.Isolation;
using Torch2Jax.Torch;

// A host of workers for tests to end: says its workers' processes, one of which is in a call without end, and waits.
using var native = NativeTorchBackend.Create();
using var backend = new IsolatedTorchBackend(native);
using ICompiledFunction function = backend.Compile(
    "def fn(x: Tensor) -> Tensor:\n    while bool((x < 2.0).all()):\n        x = x * 1.0\n    return x\n",
    null
);
using ITorchProgram program = function.CreateProgram("*0;", "");
using NDArray x = NDArray.FromArray([1f], 1);
var endless = new Thread(() => program.Run([x], default)) { IsBackground = true };
endless.Start();
while (backend.State is not { Running: 3, Busy: 1 })
{
    Thread.Sleep(10);
}

Console.WriteLine(string.Join(' ', backend.WorkerPids));
Console.ReadLine();
