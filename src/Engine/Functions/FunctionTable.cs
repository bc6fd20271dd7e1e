using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Torch2Jax.Functions;

/// <summary>
/// The functions this process knows, by name and version. What is in it answers without the registry; the registry's
/// changes are followed in the background.
/// </summary>
internal sealed class FunctionTable(int capacity)
{
    private readonly ConcurrentDictionary<string, NameEntry> names = new(StringComparer.Ordinal);

    /// <summary>Names of which some version is known.</summary>
    public IEnumerable<string> Names => names.Keys;

    /// <summary>Every known version.</summary>
    public IEnumerable<JaxFunction> All => names.Values.SelectMany(entry => entry.Versions);

    /// <summary>The function of a reference, where it is known.</summary>
    public bool TryGet(in FunctionReference reference, [NotNullWhen(true)] out JaxFunction? function)
    {
        function = names.TryGetValue(reference.Name, out var entry) ? entry.Find(reference.Version) : null;
        return function is not null;
    }

    /// <summary>The known versions of a name.</summary>
    public IReadOnlyCollection<JaxFunction> VersionsOf(string name) =>
        names.TryGetValue(name, out var entry) ? entry.Versions : [];

    /// <summary>The latest version of a name as far as it is known to be the latest; null where it is not.</summary>
    public int? LatestOf(string name) =>
        names.TryGetValue(name, out var entry) ? entry.Find(null)?.Version.Version : null;

    /// <summary>Adds a function; where the same version is there already, that one stays and is given back.</summary>
    public JaxFunction Add(JaxFunction function, bool isLatest)
    {
        while (true)
        {
            var entry = names.GetOrAdd(function.Version.Name, static _ => new NameEntry());
            if (entry.Add(function, isLatest) is { } added)
            {
                Trim(function.Version.Name);
                return added;
            }
        }
    }

    /// <summary>Takes a whole name out.</summary>
    public IReadOnlyCollection<JaxFunction> Remove(string name) =>
        names.TryRemove(name, out var entry) ? entry.Close() : [];

    /// <summary>Takes one version out.</summary>
    public JaxFunction? Remove(string name, int version) =>
        names.TryGetValue(name, out var entry) ? entry.Remove(version) : null;

    // Beyond the capacity, a name that nobody has compiled goes first; which one hardly matters.
    private void Trim(string newest)
    {
        while (names.Count > capacity)
        {
            var victim =
                names.FirstOrDefault(n => n.Key != newest && !n.Value.Versions.Any(f => f.IsLoaded)).Key
                ?? names.FirstOrDefault(n => n.Key != newest).Key;
            if (victim is null)
            {
                return;
            }

            foreach (var function in Remove(victim))
            {
                function.Retire();
            }
        }
    }

    private sealed class NameEntry
    {
        private readonly Lock writing = new();
        private volatile Snapshot known = new([], null);
        private bool closed;

        public IReadOnlyCollection<JaxFunction> Versions => known.Versions.Values;

        public JaxFunction? Find(int? version)
        {
            var now = known;
            return version is { } number ? now.Versions.GetValueOrDefault(number) : now.Latest;
        }

        /// <summary>Null where the entry was closed in the meantime.</summary>
        public JaxFunction? Add(JaxFunction function, bool isLatest)
        {
            lock (writing)
            {
                if (closed)
                {
                    return null;
                }

                var number = function.Version.Version;
                var versions = new Dictionary<int, JaxFunction>(known.Versions);
                if (!versions.TryAdd(number, function))
                {
                    function = versions[number];
                }

                // Numbers are never used twice, so an answer that was on its way for long cannot turn the clock back.
                var moves = isLatest && (known.Latest is null || known.Latest.Version.Version < number);
                known = new Snapshot(versions, moves ? function : known.Latest);
                return function;
            }
        }

        public JaxFunction? Remove(int version)
        {
            lock (writing)
            {
                var versions = new Dictionary<int, JaxFunction>(known.Versions);
                versions.Remove(version, out var removed);
                known = new Snapshot(versions, known.Latest == removed ? null : known.Latest);
                return removed;
            }
        }

        public Dictionary<int, JaxFunction>.ValueCollection Close()
        {
            lock (writing)
            {
                closed = true;
                var all = known.Versions.Values;
                known = new Snapshot([], null);
                return all;
            }
        }

        private sealed record Snapshot(Dictionary<int, JaxFunction> Versions, JaxFunction? Latest);
    }
}
