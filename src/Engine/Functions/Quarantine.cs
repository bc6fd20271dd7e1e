using System.Collections.Concurrent;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>Why a function is not called any more.</summary>
/// <param name="Reference"><c>name@version</c>.</param>
/// <param name="Since">When it began.</param>
/// <param name="Crashes">How many worker processes it had ended in a short time.</param>
/// <param name="Signal">What ended the last of them.</param>
public sealed record QuarantinedFunction(string Reference, DateTimeOffset Since, int Crashes, string Signal);

/// <summary>
/// Functions that ended their worker process too often in too short a time: they are not called until somebody who may
/// releases them. This process's own: another one finds out by itself.
/// </summary>
internal sealed class Quarantine(int crashes, TimeSpan window, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Record> records = new(StringComparer.Ordinal);

    /// <summary>The functions in quarantine, in order of their names.</summary>
    public IReadOnlyList<QuarantinedFunction> All =>
        [
            .. records
                .Values.Select(record => record.Entry)
                .OfType<QuarantinedFunction>()
                .OrderBy(entry => entry.Reference, StringComparer.Ordinal),
        ];

    /// <summary>Why a function is not called; null where it is.</summary>
    public QuarantinedFunction? Find(string reference) => records.GetValueOrDefault(reference)?.Entry;

    /// <summary>Refuses a function that is in quarantine.</summary>
    /// <exception cref="EngineException">Conflict.</exception>
    public void Check(string reference)
    {
        if (!records.IsEmpty && Find(reference) is { } entry)
        {
            throw new EngineException(
                ErrorCode.Conflict,
                $"The function {reference} is in quarantine: it ended {entry.Crashes} worker processes, the last one "
                    + $"with {entry.Signal}. Register a version that does not, or have an admin release it."
            );
        }
    }

    /// <summary>Counts a crash.</summary>
    /// <returns>Whether the function is in quarantine because of it.</returns>
    public bool Crashed(string reference, string signal)
    {
        var record = records.GetOrAdd(reference, static _ => new Record());
        lock (record)
        {
            var now = time.GetUtcNow();
            record.Crashes.RemoveAll(crash => now - crash > window);
            record.Crashes.Add(now);
            if (record.Entry is not null || record.Crashes.Count < crashes)
            {
                return false;
            }

            record.Entry = new QuarantinedFunction(reference, now, record.Crashes.Count, signal);
            return true;
        }
    }

    /// <summary>Lets a function, or all versions of a name, be called again.</summary>
    /// <returns>How many were in quarantine.</returns>
    public int Release(FunctionReference reference)
    {
        var released = 0;
        foreach (var key in records.Keys)
        {
            var known = FunctionReference.Parse(key);
            if (known.Name == reference.Name && (reference.Version is null || reference.Version == known.Version))
            {
                released += records.TryRemove(key, out var record) && record.Entry is not null ? 1 : 0;
            }
        }

        return released;
    }

    private sealed class Record
    {
        public List<DateTimeOffset> Crashes { get; } = [];

        public QuarantinedFunction? Entry { get; set; }
    }
}
