using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation;

/// <summary>A function that workers compile, each when it first runs it.</summary>
internal sealed class IsolatedFunction : ICompiledFunction
{
    private readonly IsolatedTorchBackend backend;
    private readonly byte[]? source;
    private readonly byte[]? entry;
    private readonly NDArray? archive;
    private readonly bool functional;
    private int users = 1;
    private bool disposed;
    private FunctionSchema? schema;

    private IsolatedFunction(
        IsolatedTorchBackend backend,
        byte[]? source,
        byte[]? entry,
        NDArray? archive,
        bool functional
    )
    {
        this.backend = backend;
        this.source = source;
        this.entry = entry;
        this.archive = archive;
        this.functional = functional;
        Handle = backend.Exchange.NewHandle();
    }

    public long Handle { get; }

    public IsolatedTorchBackend Backend => backend;

    public FunctionSchema Schema => schema!;

    public static IsolatedFunction Compile(IsolatedTorchBackend backend, string source, string? entry)
    {
        byte[] text = NativeText.Encode(source, "source");
        if (text.Length - 1 > NativeTorchBackend.MaxSourceBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The source has {text.Length - 1} bytes; at most {NativeTorchBackend.MaxSourceBytes} are compiled."
            );
        }
        return new IsolatedFunction(backend, text, NativeText.Encode(entry, "entry"), null, false).Made();
    }

    /// <summary>Takes the archive's bytes over.</summary>
    public static IsolatedFunction Load(
        IsolatedTorchBackend backend,
        NDArray archive,
        string method,
        bool functional
    ) => new IsolatedFunction(backend, null, NativeText.Encode(method, "entry"), archive, functional).Made();

    public ITorchProgram CreateProgram(string arguments, string transforms)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Interlocked.Increment(ref users);
        try
        {
            return IsolatedProgram.Create(
                this,
                NativeText.Encode(arguments, "arguments' structure"),
                NativeText.Encode(transforms, "transforms")
            );
        }
        catch
        {
            Release();
            throw;
        }
    }

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            Release();
        }
    }

    /// <summary>A program of it is gone, or the function itself.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            backend.Forget(Handle);
            archive?.Dispose();
        }
    }

    /// <summary>Has a worker compile it where it has not yet.</summary>
    public void Teach(Worker worker)
    {
        if (worker.Knows(Handle))
        {
            return;
        }
        Exchange exchange = backend.Exchange;
        using SharedCopy? moved = archive is null ? null : SharedCopy.Of(exchange.Inputs, archive);
        RequestWriter request = worker.Begin(archive is null ? RequestKind.Compile : RequestKind.Load, backend.Threads);
        request.Word(Handle);
        if (archive is null)
        {
            request.Text(WithoutEnd(source));
            request.Word(entry is null ? 0 : 1);
            request.Text(WithoutEnd(entry));
        }
        else
        {
            request.Word(moved?.Offset ?? exchange.Inputs.OffsetOf(archive.Pointer));
            request.Word(archive.ByteLength);
            request.Text(WithoutEnd(entry));
            request.Word(functional ? 1 : 0);
        }
        // Compiling has a time of its own: the next caller of the function finds it compiled.
        AnswerReader answer = exchange.Send(worker, Environment.TickCount64 + exchange.CompileMs);
        ReadOnlySpan<byte> text = answer.Text();
        schema ??= FunctionSchema.Parse(text.ToArray());
        exchange.TakeLog(ref answer);
        worker.Learned(Handle);
    }

    private static ReadOnlySpan<byte> WithoutEnd(byte[]? text) => text is null ? [] : text.AsSpan()[..^1];

    private IsolatedFunction Made()
    {
        var task = new TeachTask(this);
        backend.Exchange.With<TeachTask, bool>(ref task, Handle, backend.Exchange.CompileMs, mayRepeat: true);
        return this;
    }

    private readonly struct TeachTask(IsolatedFunction function) : IWorkerTask<bool>
    {
        public bool Run(Worker worker, long until)
        {
            function.Teach(worker);
            return true;
        }
    }
}
