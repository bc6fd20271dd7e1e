namespace Torch2Jax.Registry.Auditing;

/// <summary>One change, and who made it.</summary>
/// <param name="Id">Its number; later ones are larger.</param>
/// <param name="At">When.</param>
/// <param name="Actor">key, anonymous, command or program.</param>
/// <param name="KeyId">The caller's key.</param>
/// <param name="KeyName">The caller's key's name.</param>
/// <param name="Action">
/// register, delete, clear_cache; key_add, key_revoke; batch_make, batch_cancel, batch_resume, batch_delete; schedule_add,
/// schedule_pause, schedule_resume, schedule_delete; array_put, array_delete.
/// </param>
/// <param name="Function">The function's name.</param>
/// <param name="Version">The version that was registered.</param>
/// <param name="Sha256">The hash of its content.</param>
/// <param name="TargetKeyId">The key that was made or revoked.</param>
/// <param name="Subject">The batch's id, or the schedule's or the stored array's name.</param>
/// <param name="TraceId">The request's trace id.</param>
public sealed record AuditEntry(
    long Id,
    DateTimeOffset At,
    string Actor,
    int? KeyId,
    string? KeyName,
    string Action,
    string? Function,
    int? Version,
    string? Sha256,
    int? TargetKeyId,
    string? Subject,
    string? TraceId
);
