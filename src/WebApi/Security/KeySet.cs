using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using Torch2Jax.Registry.Keys;

namespace Torch2Jax.WebApi.Security;

/// <summary>The keys at one moment, found by hash without asking anybody and without taking memory.</summary>
internal sealed class KeySet
{
    private static readonly byte[] Nothing = new byte[KeyText.HashLength];

    private readonly FrozenDictionary<UInt128, HeldKey> byHash;

    private KeySet(IEnumerable<HeldKey> keys) => byHash = keys.ToFrozenDictionary(key => Head(key.Sha256));

    public int Count => byHash.Count;

    public IEnumerable<HeldKey> All => byHash.Values;

    /// <summary>The keys as they are now; one that was there already goes on with its counts.</summary>
    public static KeySet Of(IReadOnlyList<KnownApiKey> known, KeySet? before, int defaultRate)
    {
        var held = before?.byHash.Values.ToDictionary(key => key.Key.Id) ?? [];
        return new KeySet(
            known.Select(key =>
                held.TryGetValue(key.Key.Id, out var old) && old.IsStill(key) ? old : new HeldKey(key, defaultRate)
            )
        );
    }

    /// <summary>The key of that text, where it holds now.</summary>
    public HeldKey? Find(ReadOnlySpan<char> text, DateTime now)
    {
        Span<byte> hash = stackalloc byte[KeyText.HashLength];
        if (!KeyText.TryHash(text, hash))
        {
            return null;
        }

        // What a look-up's time could tell is about hashes, which nobody can choose; all the same the whole hash is
        // compared in constant time, and for an unknown key as well.
        var found = byHash.GetValueOrDefault(Head(hash));
        var equal = CryptographicOperations.FixedTimeEquals(hash, found is null ? Nothing : found.Sha256);
        return equal && found is not null && found.HoldsAt(now) ? found : null;
    }

    private static UInt128 Head(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);
}
