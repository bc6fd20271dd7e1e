using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation;

/// <summary>
/// libtorch in worker processes: what a function does there can end a worker, and nothing else. Calls that outlive their
/// time limit are ended with their worker.
/// </summary>
public sealed class IsolatedTorchBackend : ITorchBackend
{
    private const int MaxLogChars = 1 << 20;

    private readonly ITorchBackend here;
    private readonly WorkerPool pool;
    private readonly StringBuilder log = new();
    private readonly Timer housekeeping;
    private volatile int threads;

    /// <summary>Makes a pool; its first worker is started by its first use, or by <see cref="Start"/>.</summary>
    /// <param name="here">This process's libtorch, for what needs no function: devices and versions.</param>
    /// <param name="options">How workers run.</param>
    /// <param name="time">The clock of the restart limit.</param>
    public IsolatedTorchBackend(ITorchBackend here, IsolationOptions? options = null, TimeProvider? time = null)
    {
        this.here = here;
        Options = options ?? new IsolationOptions();
        pool = new WorkerPool(Options, time ?? TimeProvider.System);
        Recent = new RecentPrograms();
        Exchange = new Exchange(this, pool);
        pool.WarmUp = Exchange.WarmUp;
        threads = here.Threads;
        var interval = TimeSpan.FromSeconds(5);
        housekeeping = new Timer(_ => LetGo(), null, interval, interval);
    }

    /// <summary>How workers run.</summary>
    public IsolationOptions Options { get; }

    /// <inheritdoc/>
    public string LibtorchVersion => here.LibtorchVersion;

    /// <inheritdoc/>
    /// <remarks>A process that has begun with a GPU cannot be forked, and a shared GPU isolates nothing.</remarks>
    public IReadOnlyList<DeviceInfo> Devices => [.. here.Devices.Where(device => device.Name == "cpu")];

    /// <inheritdoc/>
    public int Threads
    {
        get => threads;
        set => threads = value;
    }

    /// <summary>What the workers hold together, as each of them last said.</summary>
    public TorchCounters Counters
    {
        get
        {
            TorchCounters sum = default;
            foreach (var worker in pool.Workers)
            {
                var more = worker.Counters;
                sum = new TorchCounters(
                    sum.Functions + more.Functions,
                    sum.Programs + more.Programs,
                    sum.Results + more.Results,
                    sum.Errors + more.Errors,
                    sum.Tensors + more.Tensors,
                    sum.CachedBytes + more.CachedBytes,
                    sum.AllocatedBytes + more.AllocatedBytes,
                    sum.FunctionRuns + more.FunctionRuns
                );
            }
            return sum;
        }
    }

    /// <summary>What the pool does now.</summary>
    public WorkerPoolState State => pool.State;

    /// <summary>The processes of the workers that run.</summary>
    public IReadOnlyList<int> WorkerPids => [.. pool.Workers.Select(worker => worker.Pid).Where(pid => pid != 0)];

    internal Exchange Exchange { get; }

    internal RecentPrograms Recent { get; }

    /// <summary>Begins to start the workers; where that fails, calls say why.</summary>
    public void Start() => pool.Start();

    /// <summary>What a worker cannot do, tried out in one.</summary>
    /// <exception cref="EngineException">NotReady where there is no worker.</exception>
    public SandboxReport Probe() => new(Exchange.Probe());

    /// <inheritdoc/>
    public ICompiledFunction Compile(string source, string? entry) => IsolatedFunction.Compile(this, source, entry);

    /// <inheritdoc/>
    public ICompiledFunction LoadArchive(ReadOnlySpan<byte> archive, string method, bool functional)
    {
        if (archive.IsEmpty)
        {
            throw new EngineException(ErrorCode.InvalidSource, "The archive is empty.");
        }
        var copy = NDArray.FromSpan(DType.UInt8, [archive.Length], archive);
        try
        {
            return IsolatedFunction.Load(this, copy, method, functional);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Trim()
    {
        var done = new HashSet<long>();
        while (pool.TryLeaseIdle(worker => done.Add(worker.Id)) is { } worker)
        {
            Exchange.Rest(worker);
        }
    }

    /// <inheritdoc/>
    public string TakeLog()
    {
        lock (log)
        {
            var text = log.ToString();
            log.Clear();
            return text;
        }
    }

    /// <summary>Ends all workers.</summary>
    public void Dispose()
    {
        housekeeping.Dispose();
        pool.Dispose();
    }

    internal void AppendLog(ReadOnlySpan<byte> text)
    {
        lock (log)
        {
            log.Append(System.Text.Encoding.UTF8.GetString(text));
            if (log.Length > MaxLogChars)
            {
                log.Remove(0, log.Length - MaxLogChars);
            }
        }
    }

    /// <summary>No worker needs a handle any more.</summary>
    internal void Forget(long handle)
    {
        foreach (var worker in pool.Workers)
        {
            worker.LetGo(handle);
        }
    }

    // A worker frees what nobody reads any more with its next request; where none comes, it is told.
    private void LetGo()
    {
        if (pool.TryLeaseIdle(worker => worker.UnwantedHandles > 0) is { } worker)
        {
            Exchange.Rest(worker);
        }
    }
}

/// <summary>What a worker was seen to be unable to do.</summary>
/// <param name="Bits">As in t2j_isolation.h.</param>
public readonly record struct SandboxReport(int Bits)
{
    /// <summary>It cannot gain privileges.</summary>
    public bool NoNewPrivileges => (Bits & 1) != 0;

    /// <summary>It runs without the rights of an administrator.</summary>
    public bool Unprivileged => (Bits & 2) != 0;

    /// <summary>It cannot reach a network.</summary>
    public bool NoNetwork => (Bits & 4) != 0;

    /// <summary>It cannot open files.</summary>
    public bool NoFiles => (Bits & 8) != 0;

    /// <summary>It cannot start programs, or send signals to others: its system calls are filtered.</summary>
    public bool FilteredCalls => (Bits & 16) != 0;

    /// <summary>Limits of memory and open files hold.</summary>
    public bool Limits => (Bits & 32) != 0;
}
