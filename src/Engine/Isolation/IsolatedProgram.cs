using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation;

/// <summary>A program that workers make, each when it first runs it.</summary>
internal sealed class IsolatedProgram : ITorchProgram
{
    private readonly byte[] arguments;
    private readonly byte[] transforms;
    private int disposed;

    private IsolatedProgram(IsolatedFunction function, byte[] arguments, byte[] transforms)
    {
        Function = function;
        this.arguments = arguments;
        this.transforms = transforms;
        Handle = function.Backend.Exchange.NewHandle();
    }

    public int InputCount { get; private set; }

    public long Handle { get; }

    public IsolatedFunction Function { get; }

    public FunctionResults Functions { get; } = new();

    private Exchange Exchange => Function.Backend.Exchange;

    /// <summary>Makes it in one worker, which also says whether it can be made.</summary>
    public static IsolatedProgram Create(IsolatedFunction function, byte[] arguments, byte[] transforms)
    {
        var made = new IsolatedProgram(function, arguments, transforms);
        var task = new TeachTask(made);
        made.Exchange.With<TeachTask, bool>(ref task, function.Handle, made.Exchange.CompileMs, mayRepeat: true);
        return made;
    }

    public ProgramResult Run(ReadOnlySpan<NDArray> inputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        var task = new CallTask(this, inputs, [], options);
        ProgramResult result = Exchange.With<CallTask, ProgramResult?>(
            ref task,
            Handle,
            options.TimeoutMs,
            MayRepeat(options)
        )!;
        Function.Backend.Recent.Used(this);
        return result;
    }

    public void RunInto(ReadOnlySpan<NDArray> inputs, ReadOnlySpan<NDArray> outputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        if (outputs.IsEmpty)
        {
            foreach (NDArray output in Run(inputs, options).Outputs)
            {
                output.Dispose();
            }
            return;
        }
        var task = new CallTask(this, inputs, outputs, options);
        Exchange.With<CallTask, ProgramResult?>(ref task, Handle, options.TimeoutMs, MayRepeat(options));
        Function.Backend.Recent.Used(this);
    }

    public InferredResult Infer(ReadOnlySpan<ShapeDtypeStruct> inputs, bool allowZeros, in RunOptions options)
    {
        CheckCount(inputs.Length);
        var task = new InferTask(this, inputs, allowZeros, options);
        return Exchange.With<InferTask, InferredResult>(ref task, Handle, options.TimeoutMs, mayRepeat: true);
    }

    /// <summary>Has a worker make it where it has not yet.</summary>
    public void Teach(Worker worker)
    {
        if (worker.Knows(Handle))
        {
            return;
        }
        Function.Teach(worker);
        RequestWriter request = worker.Begin(RequestKind.Program, Function.Backend.Threads);
        request.Word(Handle);
        request.Word(Function.Handle);
        request.Text(arguments.AsSpan()[..^1]);
        request.Text(transforms.AsSpan()[..^1]);
        AnswerReader answer = Exchange.Send(worker, Environment.TickCount64 + Exchange.CompileMs);
        InputCount = (int)answer.Word();
        Exchange.TakeLog(ref answer);
        worker.Learned(Handle);
    }

    /// <summary>The same for a warm-up: false where the worker is of no more use.</summary>
    public bool TryTeach(Worker worker)
    {
        try
        {
            if (Volatile.Read(ref disposed) == 0)
            {
                Teach(worker);
                if (Volatile.Read(ref disposed) != 0)
                {
                    worker.LetGo(Handle);
                    worker.LetGo(Function.Handle);
                }
            }
            return true;
        }
        catch (EngineException)
        {
            return !worker.IsLate;
        }
        catch (WorkerEndedException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Function.Backend.Recent.Remove(this);
            Function.Backend.Forget(Handle);
            Function.Release();
        }
    }

    private bool MayRepeat(in RunOptions options) => !Function.Schema.IsRandom || options.Seed is not null;

    private void CheckCount(int given)
    {
        if (given != InputCount)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"The program takes {InputCount} arrays, but {given} came."
            );
        }
    }

    private readonly struct TeachTask(IsolatedProgram program) : IWorkerTask<bool>
    {
        public bool Run(Worker worker, long until)
        {
            program.Teach(worker);
            return true;
        }
    }
}
