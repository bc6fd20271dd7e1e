using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Stored;
using Torch2Jax.Tests.Stored;

namespace Torch2Jax.Tests.Functions;

/// <summary>A registry in memory that can be away, for tests of what is above it; the real one has its own tests.</summary>
internal sealed class MemoryRegistry : IFunctionRegistry
{
    private readonly Lock state = new();
    private readonly SortedDictionary<string, List<FunctionVersion>> functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> lastNumbers = new(StringComparer.Ordinal);
    private volatile bool isAway;

    public event Action<FunctionChange>? Changed;

    public MemoryArrayStore ArrayStore { get; } = new();

    public IArrayStore Arrays => ArrayStore;

    public ConcurrentDictionary<ShapeCacheKey, ShapeCacheRecord> Entries { get; } = new();

    /// <summary>While true every awaited member throws; when it ends, changes may have been missed.</summary>
    public bool IsAway
    {
        get => isAway;
        set
        {
            isAway = value;
            if (!value)
            {
                Changed?.Invoke(new FunctionChange(null));
            }
        }
    }

    /// <summary>While true looking functions up fails, and nobody hears of it when it ends.</summary>
    public bool FindsFail { get; set; }

    public RegistryStatus Status => new(!isAway, 0, 0);

    public Task<SavedVersion> SaveAsync(
        string name,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    )
    {
        SavedVersion saved = Do(() =>
        {
            List<FunctionVersion> versions = functions.TryGetValue(name, out var known) ? known : functions[name] = [];
            string sha = Sha256(content);
            if (versions.Count > 0 && versions[^1].Sha256 == sha)
            {
                return new SavedVersion(versions[^1], false);
            }
            int number = lastNumbers[name] = lastNumbers.GetValueOrDefault(name) + 1;
            var version = new FunctionVersion(name, number, sha, content, details, DateTimeOffset.UtcNow);
            versions.Add(version);
            return new SavedVersion(version, true);
        });
        Changed?.Invoke(new FunctionChange(name));
        return Task.FromResult(saved);
    }

    public Task<FunctionVersion?> FindAsync(string name, int? version, CancellationToken cancellationToken) =>
        Task.FromResult(
            Do(() =>
            {
                if (FindsFail)
                {
                    throw new EngineException(ErrorCode.RegistryUnavailable, "The registry is busy.");
                }
                List<FunctionVersion> versions = functions.GetValueOrDefault(name, []);
                return version is null ? versions.LastOrDefault() : versions.Find(v => v.Version == version);
            })
        );

    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(Do(() => functions.ContainsKey(name)));

    public Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyList<FunctionVersion>>(
            Do(() =>
                functions
                    .Where(f => f.Key.StartsWith(prefix ?? "", StringComparison.Ordinal))
                    .Where(f => after is null || string.CompareOrdinal(f.Key, after) > 0)
                    .Take(limit)
                    .Select(f => f.Value[^1])
                    .ToList()
            )
        );

    public Task<IReadOnlyList<FunctionVersion>> ListVersionsAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<FunctionVersion>>(Do(() => functions.GetValueOrDefault(name, []).ToList()));

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        bool existed = Do(() => functions.Remove(name));
        Forget(name);
        Changed?.Invoke(new FunctionChange(name));
        return Task.FromResult(existed);
    }

    public Task<IReadOnlyList<ShapeCacheRecord>> LoadShapeCacheAsync(
        string name,
        int version,
        int limit,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyList<ShapeCacheRecord>>(
            Do(() =>
                Entries
                    .Values.Where(e => e.Key.Name == name && e.Key.Version == version)
                    .OrderByDescending(e => e.Hits)
                    .Take(limit)
                    .ToList()
            )
        );

    public Task<IReadOnlyList<ShapeCacheRecord>> LoadMostUsedAsync(
        int perFunction,
        int total,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyList<ShapeCacheRecord>>(
            Do(() => Entries.Values.OrderByDescending(e => e.Hits).Take(total).ToList())
        );

    public Task<int> ClearShapeCacheAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(Do(() => Forget(name)));

    public void QueueEntry(ShapeCacheRecord entry) => Entries[entry.Key] = entry;

    public void QueueHits(ShapeCacheKey key, long count, DateTimeOffset lastUsedAt)
    {
        if (Entries.TryGetValue(key, out ShapeCacheRecord? known))
        {
            Entries[key] = known with { Hits = known.Hits + count, LastUsedAt = lastUsedAt };
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private int Forget(string name)
    {
        int count = 0;
        foreach (ShapeCacheKey key in Entries.Keys.Where(k => k.Name == name))
        {
            count += Entries.TryRemove(key, out _) ? 1 : 0;
        }
        return count;
    }

    private T Do<T>(Func<T> work)
    {
        if (isAway)
        {
            throw new EngineException(ErrorCode.RegistryUnavailable, "The registry is away.");
        }
        lock (state)
        {
            return work();
        }
    }

    private static string Sha256(FunctionContent content) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                JsonSerializer.SerializeToUtf8Bytes(
                    new { Content = content with { Archive = null }, Archive = content.Archive?.ToArray() }
                )
            )
        );
}
