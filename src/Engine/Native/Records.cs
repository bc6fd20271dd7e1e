using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

/// <summary>t2j_buffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BufferRecord
{
    public nint Data;
    public long* Dims;
    public int Rank;
    public int Dtype;
    public nint Kept;
}

/// <summary>t2j_call_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CallOptionsRecord
{
    public byte* Device;
    public long Seed;
    public int HasSeed;
    public int TimeoutMs;
    public long MaxBytes;
}

/// <summary>t2j_device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DeviceRecord
{
    public const int NameBytes = 16;
    public const int TitleBytes = 112;

    public fixed byte Name[NameBytes];
    public fixed byte Title[TitleBytes];
    public long TotalBytes;
    public long FreeBytes;
    public long UsedBytes;
}

/// <summary>t2j_counters.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CountersRecord
{
    public long Functions;
    public long Programs;
    public long Results;
    public long Errors;
    public long Tensors;
    public long CachedBytes;
    public long AllocatedBytes;
    public long FunctionRuns;
    public long Arrays;
}

/// <summary>t2j_template_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TemplateOptionsRecord
{
    public byte* Program;
    public long MaxBytes;
    public int Sandbox;
}

/// <summary>t2j_event.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EventRecord
{
    public long Worker;
    public int Kind;
    public int Pid;
    public int Status;
    public int Protections;
}
