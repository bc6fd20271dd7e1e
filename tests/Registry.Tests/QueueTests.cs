using Torch2Jax.Functions;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class QueueTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_entry_comes_back_with_all_its_members_and_its_hits()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        var long_ = new string('x', 200_000);
        var key = new ShapeCacheKey("f", 1, "V(F(t))" + long_, "float32[10, 5], int64[10]" + long_, "cuda");
        var entry = new ShapeCacheRecord(
            key,
            "PyTreeDef(*)",
            "{}",
            true,
            "0.2.0",
            3,
            Samples.Noon,
            Samples.Noon.AddHours(1),
            PeakBytes: 5L << 40
        );

        registry.QueueEntry(entry);
        registry.QueueHits(key, 4, Samples.Noon.AddHours(2));
        registry.QueueHits(key, 5, Samples.Noon);
        await registry.FlushAsync(default);

        var loaded = Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default));
        Assert.Equal(entry with { Hits = 12, LastUsedAt = Samples.Noon.AddHours(2) }, loaded);
    }

    [Fact]
    public async Task The_largest_peak_stays_unless_another_engine_measured_it()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        var entry = Samples.Entry(Samples.Key("f", 1, 1));

        Assert.Equal(500, await PeakAsync(500, 300));
        Assert.Equal(700, await PeakAsync(700));
        Assert.Equal(700, await PeakAsync(600));
        entry = entry with { EngineVersion = "0.2.0" };
        Assert.Equal(100, await PeakAsync(100));

        async Task<long> PeakAsync(params long[] peaks)
        {
            foreach (var peak in peaks)
            {
                registry.QueueEntry(entry with { PeakBytes = peak });
            }

            await registry.FlushAsync(default);
            return Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default)).PeakBytes;
        }
    }

    [Fact]
    public async Task Hits_from_many_threads_are_counted_to_the_last_one()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        var keys = Enumerable.Range(0, 7).Select(number => Samples.Key("f", 1, number)).ToArray();
        foreach (var key in keys)
        {
            registry.QueueEntry(Samples.Entry(key));
        }

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var index = 0; index < 7000; index++)
                        {
                            registry.QueueHits(
                                keys[index % keys.Length],
                                1 + index % 2,
                                Samples.Noon.AddSeconds(index)
                            );
                            if (index % 1000 == 0)
                            {
                                // Some batches are written in the middle.
                                await registry.FlushAsync(default);
                            }
                        }
                    })
                )
        );
        await registry.FlushAsync(default);

        var loaded = await registry.LoadShapeCacheAsync("f", 1, 10, default);
        Assert.Equal(keys.Length, loaded.Count);
        Assert.All(loaded, one => Assert.Equal(8 * 1500, one.Hits));
        Assert.Equal(new RegistryStatus(true, 0, 0), registry.Status);
    }

    [Fact]
    public async Task Many_hits_of_a_key_wait_as_one_write()
    {
        await using var registry = await OpenSlowAsync(100);
        await registry.SaveAsync("f");
        for (var index = 0; index < 100_000; index++)
        {
            registry.QueueHits(Samples.Key("f", 1, index % 3), 1, Samples.Noon);
        }

        Assert.Equal(new RegistryStatus(true, 3, 0), registry.Status);
    }

    [Fact]
    public async Task A_full_queue_drops_what_is_new_counts_it_and_keeps_what_it_has()
    {
        await using var registry = await OpenSlowAsync(100);
        await registry.SaveAsync("f");
        for (var number = 0; number < 130; number++)
        {
            registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, number)));
        }
        registry.QueueHits(Samples.Key("f", 1, 0), 5, Samples.Noon);
        registry.QueueHits(Samples.Key("f", 1, 120), 5, Samples.Noon);

        Assert.Equal(new RegistryStatus(true, 100, 31), registry.Status);
        await registry.FlushAsync(default);
        var loaded = await registry.LoadShapeCacheAsync("f", 1, 200, default);
        Assert.Equal(100, loaded.Count);
        Assert.Equal(5, loaded[0].Hits);
        Assert.Equal(new RegistryStatus(true, 0, 31), registry.Status);
    }

    [Fact]
    public async Task Text_is_bounded_too()
    {
        await using var registry = await PostgresRegistry.OpenAsync(
            new RegistryOptions(postgres.ConnectionString, null, postgres.NewSchema())
            {
                QueueTextCapacity = 1_000_000,
                GatherTime = TimeSpan.FromHours(1),
            },
            null,
            default
        );
        for (var number = 0; number < 20; number++)
        {
            var entry = Samples.Entry(Samples.Key("f", 1, number));
            registry.QueueEntry(entry with { OutputShapes = new string('x', 100_000) });
        }

        Assert.Equal((9, 11L), (registry.Status.QueuedWrites, registry.Status.DroppedWrites));
    }

    [Fact]
    public async Task Entries_of_functions_that_are_gone_are_left_out_and_the_others_are_written()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        await registry.SaveAsync("gone");
        await registry.DeleteAsync("gone", default);

        registry.QueueEntry(Samples.Entry(Samples.Key("gone", 1, 1)));
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 2, 1)));
        registry.QueueEntry(Samples.Entry(Samples.Key("never", 1, 1)));
        registry.QueueHits(Samples.Key("never", 1, 2), 1, Samples.Noon);
        registry.QueueHits(Samples.Key("f", 1, 1), 1, Samples.Noon);
        await registry.FlushAsync(default);

        Assert.Equal(1, Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default)).Hits);
        Assert.Equal(new RegistryStatus(true, 0, 0), registry.Status);
    }

    [Fact]
    public async Task An_entry_that_the_database_refuses_is_dropped_alone()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        for (var number = 0; number < 40; number++)
        {
            var entry = Samples.Entry(Samples.Key("f", 1, number));
            registry.QueueEntry(
                number switch
                {
                    7 => entry with { InTree = "a\0b" },
                    20 => entry with { Key = entry.Key with { Program = "\ud800" } },
                    33 => entry with { Key = entry.Key with { Device = "" } },
                    _ => entry,
                }
            );
        }
        await registry.FlushAsync(default);

        Assert.Equal(37, (await registry.LoadShapeCacheAsync("f", 1, 100, default)).Count);
        Assert.Equal(new RegistryStatus(true, 0, 3), registry.Status);
    }

    [Fact]
    public async Task Entries_made_again_replace_the_shapes_and_keep_the_hits()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        var entry = Samples.Entry(Samples.Key("f", 1, 1), hits: 2);
        registry.QueueEntry(entry);
        await registry.FlushAsync(default);

        registry.QueueEntry(
            entry with
            {
                OutputShapes = "[]",
                EngineVersion = "9",
                Hits = 1,
                CreatedAt = Samples.Noon.AddDays(1),
            }
        );
        await registry.FlushAsync(default);

        var loaded = Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default));
        Assert.Equal(entry with { OutputShapes = "[]", EngineVersion = "9", Hits = 3 }, loaded);
    }

    [Fact]
    public async Task Clearing_a_cache_forgets_what_is_stored_and_what_waits()
    {
        await using var registry = await OpenSlowAsync(1000);
        await registry.SaveAsync("f");
        await registry.SaveAsync("g");
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 2)));
        await registry.FlushAsync(default);
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 3)));
        registry.QueueEntry(Samples.Entry(Samples.Key("g", 1, 1)));

        Assert.Equal(2, await registry.ClearShapeCacheAsync("f", default));
        Assert.Equal(1, registry.Status.QueuedWrites);
        await registry.FlushAsync(default);

        Assert.Empty(await registry.LoadShapeCacheAsync("f", 1, 10, default));
        Assert.Single(await registry.LoadShapeCacheAsync("g", 1, 10, default));
    }

    [Fact]
    public async Task Deleting_a_function_deletes_its_cache()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f");
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));
        await registry.FlushAsync(default);

        await registry.DeleteAsync("f", default);
        await registry.SaveAsync("f");

        Assert.Empty(await registry.LoadShapeCacheAsync("f", 1, 10, default));
        Assert.Empty(await registry.LoadShapeCacheAsync("f", 2, 10, default));
    }

    [Fact]
    public async Task Closing_the_registry_writes_what_waits()
    {
        var schema = postgres.NewSchema();
        await using (var registry = await postgres.OpenAsync(schema))
        {
            await registry.SaveAsync("f");
            for (var number = 0; number < 2500; number++)
            {
                registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, number), hits: number));
            }
        }

        await using var again = await postgres.OpenAsync(schema);
        var loaded = await again.LoadShapeCacheAsync("f", 1, 5000, default);
        Assert.Equal(Enumerable.Range(0, 2500).Reverse().Select(hits => (long)hits), loaded.Select(one => one.Hits));
    }

    [Fact]
    public async Task The_most_used_entries_of_latest_versions_come_first()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("a");
        await registry.SaveAsync("b", "old");
        await registry.SaveAsync("b", "new");
        await registry.SaveAsync("deleted");
        foreach (
            var (name, version, number, hits) in new (string, int, int, long)[]
            {
                ("a", 1, 1, 10),
                ("a", 1, 2, 30),
                ("a", 1, 3, 20),
                ("b", 1, 1, 99),
                ("b", 2, 1, 25),
                ("deleted", 1, 1, 50),
            }
        )
        {
            registry.QueueEntry(Samples.Entry(Samples.Key(name, version, number), hits));
        }
        await registry.FlushAsync(default);
        await registry.DeleteAsync("deleted", default);

        Assert.Equal([30, 25, 20], (await registry.LoadMostUsedAsync(2, 10, default)).Select(one => one.Hits));
        Assert.Equal([30, 25], (await registry.LoadMostUsedAsync(2, 2, default)).Select(one => one.Hits));
        Assert.Empty(await registry.LoadMostUsedAsync(0, 10, default));
    }

    /// <summary>A registry that gathers until a flush.</summary>
    private Task<PostgresRegistry> OpenSlowAsync(int capacity) =>
        PostgresRegistry.OpenAsync(
            new RegistryOptions(postgres.ConnectionString, null, postgres.NewSchema())
            {
                QueueCapacity = capacity,
                GatherTime = TimeSpan.FromHours(1),
            },
            null,
            default
        );
}
