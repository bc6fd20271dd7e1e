using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>The libtorch of this process, behind libtorch2jax.so. Its settings are the process's, so any number may exist.</summary>
public sealed unsafe class NativeTorchBackend : ITorchBackend
{
    internal const int MaxSourceBytes = 1 << 20;
    private const int LogChunk = 16 * 1024;

    // Of a device's memory: the rest is for what calls make.
    private const int KeptShare = 2;

    private readonly IdleTrim idleTrim = new();
    private readonly KeptArrays kept = new();

    private NativeTorchBackend()
    {
        foreach (DeviceInfo device in Devices)
        {
            kept.Limit(device.Name, device.Name == "cpu" ? 0 : device.TotalBytes / KeptShare);
        }
    }

    /// <inheritdoc/>
    public string LibtorchVersion => NativeText.Read(NativeMethods.LibtorchVersion());

    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices
    {
        get
        {
            var records = new DeviceRecord[NativeMethods.Devices(null, 0)];
            fixed (DeviceRecord* first = records)
            {
                int count = Math.Min(NativeMethods.Devices(first, records.Length), records.Length);
                var devices = new DeviceInfo[count];
                for (int i = 0; i < count; i++)
                {
                    devices[i] = Describe(first + i);
                }
                return devices;
            }
        }
    }

    /// <inheritdoc/>
    public int Threads
    {
        get => NativeMethods.Threads();
        set
        {
            nint error = 0;
            NativeStatus.Check(NativeMethods.SetThreads(value, &error), error);
        }
    }

    /// <inheritdoc/>
    public TorchCounters Counters
    {
        get
        {
            CountersRecord counters;
            NativeMethods.ReadCounters(&counters);
            return new TorchCounters(
                counters.Functions,
                counters.Programs,
                counters.Results,
                counters.Errors,
                counters.Tensors,
                counters.CachedBytes,
                counters.AllocatedBytes,
                counters.FunctionRuns
            )
            {
                Arrays = counters.Arrays,
            };
        }
    }

    /// <summary>Loads the native library, once for the process, and libtorch's library for CUDA where there is one.</summary>
    /// <exception cref="DllNotFoundException">It cannot be loaded; the message says why and what to do.</exception>
    public static NativeTorchBackend Create()
    {
        NativeLibraryLoader.EnsureLoaded();
        var backend = new NativeTorchBackend();
        if (backend.Devices.Count > 1)
        {
            PinnedBlocks.Use();
        }
        return backend;
    }

    /// <inheritdoc/>
    public ICompiledFunction Compile(string source, string? entry)
    {
        byte[] text = NativeText.Encode(source, "source");
        int length = text.Length - 1;
        if (length > MaxSourceBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The source has {length} bytes; at most {MaxSourceBytes} are compiled."
            );
        }
        nint function = 0;
        nint error = 0;
        fixed (byte* sourceText = text)
        fixed (byte* entryText = NativeText.Encode(entry, "entry"))
        {
            NativeStatus.Check(NativeMethods.FunctionCompile(sourceText, length, entryText, &function, &error), error);
        }
        return NativeFunction.Take(function, kept);
    }

    /// <inheritdoc/>
    public ICompiledFunction LoadArchive(ReadOnlySpan<byte> archive, string method, bool functional)
    {
        if (archive.IsEmpty)
        {
            throw new EngineException(ErrorCode.InvalidSource, "The archive is empty.");
        }
        nint function = 0;
        nint error = 0;
        fixed (byte* bytes = archive)
        fixed (byte* methodText = NativeText.Encode(method, "entry"))
        {
            NativeStatus.Check(
                NativeMethods.FunctionLoad(bytes, archive.Length, methodText, functional ? 1 : 0, &function, &error),
                error
            );
        }
        return NativeFunction.Take(function, kept);
    }

    /// <inheritdoc/>
    public void LimitMemory(string device, long bytes)
    {
        nint error = 0;
        fixed (byte* name = NativeText.Encode(device, "device"))
        {
            NativeStatus.Check(NativeMethods.SetMemoryLimit(name, bytes, &error), error);
        }
    }

    /// <inheritdoc/>
    public void Trim()
    {
        kept.Clear();
        NativeMethods.Trim();
    }

    /// <inheritdoc/>
    public string TakeLog()
    {
        var taken = new ArrayBufferWriter<byte>();
        while (true)
        {
            Span<byte> chunk = taken.GetSpan(LogChunk);
            fixed (byte* first = &MemoryMarshal.GetReference(chunk))
            {
                int count = (int)NativeMethods.TakeLog(first, chunk.Length);
                if (count <= 0)
                {
                    return System.Text.Encoding.UTF8.GetString(taken.WrittenSpan);
                }
                taken.Advance(count);
            }
        }
    }

    /// <summary>Gives cached memory back; functions and programs are disposed of on their own.</summary>
    public void Dispose()
    {
        idleTrim.Dispose();
        kept.Dispose();
        Trim();
    }

    private static DeviceInfo Describe(DeviceRecord* device) =>
        new(
            NativeText.ReadFixed(device->Name, DeviceRecord.NameBytes),
            NativeText.ReadFixed(device->Title, DeviceRecord.TitleBytes),
            device->TotalBytes,
            device->FreeBytes
        )
        {
            UsedBytes = device->UsedBytes,
        };
}
