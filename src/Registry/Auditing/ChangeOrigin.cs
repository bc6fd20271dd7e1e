namespace Torch2Jax.Registry.Auditing;

/// <summary>Who asks for a change; goes with the asynchronous call, as an activity does, down to the audit's row.</summary>
/// <param name="Actor">Who.</param>
/// <param name="KeyId">The caller's key, where the actor is one.</param>
/// <param name="KeyName">Its name.</param>
/// <param name="TraceId">The request's trace id, 32 hexadecimal digits.</param>
public sealed record ChangeOrigin(ChangeActor Actor, int? KeyId = null, string? KeyName = null, string? TraceId = null)
{
    private static readonly AsyncLocal<ChangeOrigin?> Ambient = new();
    private static readonly ChangeOrigin Program = new(ChangeActor.Program);

    /// <summary>The origin of what this call does; a program's own where nobody said.</summary>
    public static ChangeOrigin Current
    {
        get => Ambient.Value ?? Program;
        set => Ambient.Value = value;
    }
}

/// <summary>Who can ask for a change.</summary>
public enum ChangeActor
{
    /// <summary>A program that uses the library.</summary>
    Program,

    /// <summary>A caller with a key.</summary>
    Key,

    /// <summary>A caller of a service that has no keys.</summary>
    Anonymous,

    /// <summary>The service's command line.</summary>
    Command,
}
