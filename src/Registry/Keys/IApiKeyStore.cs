using Torch2Jax.Errors;

namespace Torch2Jax.Registry.Keys;

/// <summary>Where keys are kept. Every member but the event throws RegistryUnavailable while the database is away.</summary>
public interface IApiKeyStore
{
    /// <summary>
    /// Raised when keys may have changed, here or in another process; on a thread of the registry's own, which must not be
    /// held up.
    /// </summary>
    event Action? Changed;

    /// <summary>Every key that is not revoked, expired ones included.</summary>
    Task<IReadOnlyList<KnownApiKey>> LoadAsync(CancellationToken cancellationToken);

    /// <summary>All keys that ever were, oldest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Makes a key.</summary>
    /// <param name="key">What it is to be.</param>
    /// <param name="adminFirst">Refuse a key of another role where no admin's key is there that could make the next one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EngineException">MalformedRequest; Conflict, because of <paramref name="adminFirst"/>.</exception>
    Task<MadeApiKey> AddAsync(NewApiKey key, bool adminFirst, CancellationToken cancellationToken);

    /// <summary>Revokes the key of that number or prefix; one that is revoked already stays so.</summary>
    /// <param name="idOrPrefix">Its number, or the beginning of its text.</param>
    /// <param name="keepAdmin">Refuse to revoke the last admin's key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The key; null where there is none such.</returns>
    /// <exception cref="EngineException">Conflict, because of <paramref name="keepAdmin"/>.</exception>
    Task<ApiKey?> RevokeAsync(string idOrPrefix, bool keepAdmin, CancellationToken cancellationToken);

    /// <summary>Writes when keys were last used.</summary>
    Task RecordUsesAsync(IReadOnlyCollection<(int Id, DateTimeOffset At)> uses, CancellationToken cancellationToken);
}
