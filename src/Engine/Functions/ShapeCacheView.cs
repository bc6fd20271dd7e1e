namespace Torch2Jax.Functions;

/// <summary>
/// The shape cache as people see it: what the registry has, and what this process knows better, because its writes are
/// still on their way.
/// </summary>
internal sealed class ShapeCacheView(FunctionTable table, FunctionLoader loader, FunctionRuntime runtime)
{
    public async Task<IReadOnlyList<ShapeCacheRecord>> ListAsync(
        FunctionReference reference,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var records = new Dictionary<ShapeCacheKey, ShapeCacheRecord>();
        foreach (var version in await VersionsAsync(reference, cancellationToken).ConfigureAwait(false))
        {
            var stored = await runtime
                .Registry.LoadShapeCacheAsync(reference.Name, version, limit, cancellationToken)
                .ConfigureAwait(false);
            foreach (var record in stored)
            {
                records[record.Key] = record;
            }
        }

        foreach (var entry in Known(reference).SelectMany(function => function.ShapeCache.Entries))
        {
            var own = entry.ToRecord(runtime.EngineVersion);
            records[own.Key] = records.TryGetValue(own.Key, out var stored) ? Merge(own, stored) : own;
        }

        return [.. records.Values.OrderByDescending(r => r.Hits).ThenByDescending(r => r.LastUsedAt).Take(limit)];
    }

    public async Task<int> ClearAsync(FunctionReference reference, CancellationToken cancellationToken)
    {
        await loader.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        runtime.Hits.HandOver();
        foreach (var function in table.VersionsOf(reference.Name))
        {
            function.ClearShapes();
        }

        return await runtime.Registry.ClearShapeCacheAsync(reference.Name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<int>> VersionsAsync(
        FunctionReference reference,
        CancellationToken cancellationToken
    )
    {
        FunctionReference.CheckName(reference.Name);
        if (reference.Version is { } one)
        {
            await loader.FindAsync(reference, cancellationToken).ConfigureAwait(false);
            return [one];
        }

        var versions = await runtime
            .Registry.ListVersionsAsync(reference.Name, cancellationToken)
            .ConfigureAwait(false);
        return versions.Count > 0
            ? [.. versions.Select(v => v.Version)]
            : throw FunctionLoader.NotFound(reference.Name);
    }

    private IEnumerable<JaxFunction> Known(FunctionReference reference) =>
        table
            .VersionsOf(reference.Name)
            .Where(f => reference.Version is null || f.Version.Version == reference.Version);

    // Other processes count too: the registry's sum may be ahead of ours, and ours ahead of what is written.
    private static ShapeCacheRecord Merge(ShapeCacheRecord own, ShapeCacheRecord stored) =>
        own with
        {
            Hits = Math.Max(own.Hits, stored.Hits),
            CreatedAt = stored.CreatedAt < own.CreatedAt ? stored.CreatedAt : own.CreatedAt,
            PeakBytes = Math.Max(own.PeakBytes, stored.PeakBytes),
            LastUsedAt = stored.LastUsedAt > own.LastUsedAt ? stored.LastUsedAt : own.LastUsedAt,
        };
}
