using Torch2Jax.Errors;
using Torch2Jax.Stored;

namespace Torch2Jax.Tests.Stored;

/// <summary>A store in memory that can be away, slow or damaged, for tests of what is above it; the real one has its own.</summary>
internal sealed class MemoryArrayStore : IArrayStore
{
    private readonly Lock state = new();
    private readonly SortedDictionary<string, StoredArray> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);

    public event Action? Changed;

    public bool IsAway { get; set; }

    /// <summary>How often content was read.</summary>
    public int Reads { get; private set; }

    /// <summary>How often names were looked up.</summary>
    public int Finds { get; private set; }

    /// <summary>What a read waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>What happens just before a read.</summary>
    public Action? BeforeRead { get; set; }

    /// <summary>Whether a bit of what is read is wrong.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Tells nobody of changes until it is set back.</summary>
    public bool IsSilent { get; set; }

    public Task<SavedArray> SaveAsync(
        string name,
        ArrayContent content,
        ArrayCondition condition,
        CancellationToken cancellationToken
    )
    {
        var bytes = new byte[content.Bytes];
        content.Read(0, bytes);
        SavedArray saved = Do(() =>
        {
            var before = names.GetValueOrDefault(name);
            contents[content.Sha256] = bytes;
            var now = new StoredArray(name, content.Sha256, content.Layout, content.Bytes, DateTimeOffset.UtcNow);
            names[name] = now;
            Sweep(before);
            return new SavedArray(now, before is null, before?.Sha256 != now.Sha256);
        });
        Tell();
        return Task.FromResult(saved);
    }

    public Task<IReadOnlyList<StoredArray>> FindAsync(
        IReadOnlyCollection<string> wanted,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyList<StoredArray>>(
            Do(() =>
            {
                Finds++;
                return wanted.Where(names.ContainsKey).Select(name => names[name]).ToList();
            })
        );

    public async Task<bool> ReadAsync(string sha256, ContentPiece take, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        BeforeRead?.Invoke();
        byte[]? bytes = Do(() =>
        {
            Reads++;
            return contents.GetValueOrDefault(sha256);
        });
        if (bytes is null)
        {
            return false;
        }

        for (var offset = 0; offset < bytes.Length; offset += 100)
        {
            byte[] piece = bytes[offset..Math.Min(offset + 100, bytes.Length)];
            piece[0] ^= (byte)(IsDamaged ? 1 : 0);
            take(offset, piece);
        }

        return true;
    }

    public Task<IReadOnlyList<StoredArray>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<StoredArray>>(Do(() => names.Values.Take(limit).ToList()));

    public Task<bool> DeleteAsync(string name, ArrayCondition condition, CancellationToken cancellationToken)
    {
        bool existed = Do(() =>
        {
            var before = names.GetValueOrDefault(name);
            names.Remove(name);
            Sweep(before);
            return before is not null;
        });
        Tell();
        return Task.FromResult(existed);
    }

    public void Tell()
    {
        if (!IsSilent)
        {
            Changed?.Invoke();
        }
    }

    private void Sweep(StoredArray? before)
    {
        if (before is not null && names.Values.All(array => array.Sha256 != before.Sha256))
        {
            contents.Remove(before.Sha256);
        }
    }

    private T Do<T>(Func<T> work)
    {
        if (IsAway)
        {
            throw new EngineException(ErrorCode.RegistryUnavailable, "The store is away.");
        }

        lock (state)
        {
            return work();
        }
    }
}
