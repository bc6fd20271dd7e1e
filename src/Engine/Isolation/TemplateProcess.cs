using System.Text.RegularExpressions;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>What happened to the template or to a worker.</summary>
internal enum EventKind
{
    Ready = 1,
    Started = 2,
    Ended = 3,
    Gone = 4,
}

/// <summary>The process that workers are forked from. It ends with this one, and its workers with it.</summary>
internal sealed unsafe partial class TemplateProcess : IDisposable
{
    private const int ErrorBytes = 2048;
    private const string FileName = "torch2jax-worker";

    private readonly TemplateHandle handle;

    private TemplateProcess(TemplateHandle handle) => this.handle = handle;

    /// <summary>Starts it; <see cref="Wait"/> tells when it is ready.</summary>
    /// <exception cref="EngineException">It cannot be started; the message says why.</exception>
    public static TemplateProcess Start(IsolationOptions options, long maxBytes, SharedInputs inputs)
    {
        string program = options.Program ?? Path.Combine(NativeLibraryLoader.Folder, FileName);
        if (!File.Exists(program))
        {
            throw new EngineException(
                ErrorCode.NotReady,
                $"The program {FileName} is not beside the native library; build or install it again."
            );
        }
        RequireMode(program);
        nint process = 0;
        nint error = 0;
        fixed (byte* path = NativeText.Encode(program, "worker's program"))
        {
            var record = new TemplateOptionsRecord
            {
                Program = path,
                MaxBytes = maxBytes,
                Sandbox = options.Sandbox ? 1 : 0,
            };
            NativeStatus.Check(NativeMethods.TemplateStart(&record, inputs.Handle, &process, &error), error);
        }
        return new TemplateProcess(new TemplateHandle(process));
    }

    // Packages keep no modes: what NuGet or a PowerShell repository unpacked cannot be started yet.
    private static void RequireMode(string program)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        const UnixFileMode Start = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        UnixFileMode mode = File.GetUnixFileMode(program);
        if ((mode & Start) != 0)
        {
            return;
        }
        try
        {
            File.SetUnixFileMode(program, mode | Start);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                ErrorCode.NotReady,
                $"The program {FileName} beside the native library may not be started; its owner has to allow it (chmod +x).",
                null,
                error
            );
        }
    }

    /// <summary>Waits for what happens next. After Gone nothing does.</summary>
    public EventRecord Wait()
    {
        EventRecord happened;
        NativeMethods.TemplateWait(handle, &happened);
        return happened;
    }

    /// <summary>Asks for a worker over a region.</summary>
    /// <exception cref="EngineException">The template is gone.</exception>
    public void Fork(Worker worker)
    {
        nint error = 0;
        NativeStatus.Check(NativeMethods.TemplateFork(handle, worker.Id, worker.Region, &error), error);
    }

    /// <summary>Ends a worker at once.</summary>
    public void Kill(Worker worker) => NativeMethods.TemplateKill(handle, worker.Id);

    /// <summary>The end of what it and its workers wrote to stderr, without folders.</summary>
    public string Errors()
    {
        byte* text = stackalloc byte[ErrorBytes];
        long count = NativeMethods.TemplateErrors(handle, text, ErrorBytes);
        string read = System.Text.Encoding.UTF8.GetString(text, (int)count).Trim();
        return Folders().Replace(read, "");
    }

    /// <summary>Ends it; the thread that waits hears it.</summary>
    public void Close() => NativeMethods.TemplateClose(handle);

    /// <summary>After Gone.</summary>
    public void Dispose() => handle.Dispose();

    [GeneratedRegex(@"(?<![\w.])/(?:[^\s/:]+/)+")]
    private static partial Regex Folders();
}
