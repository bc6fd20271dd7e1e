using System.Globalization;
using Torch2Jax.Bench;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Embedded;

// Engine.Bench engine PEER FUNCTIONS DATA PAGE    measures calls and restarts, writes the page
// Engine.Bench transforms PEER FUNCTIONS DATA PAGE   measures derivatives, batches and shards, writes the page
// Engine.Bench isolation PAGE                     measures calls in worker processes, writes the page
// Engine.Bench batch DATA PAGE                   measures batches over files, writes the page
// Engine.Bench device PEER FUNCTIONS SIZE PAGE   measures calls on a GPU, writes the page; says so where there is none
// Engine.Bench stop DATA                          ends the database that the rows used
// Engine.Bench first-call|start DATA ...          what the rows start as processes of their own (Restarted.cs)
switch (args)
{
    case ["engine", var floor, var functions, var data, var page]:
        var report = new Report("Engine");
        await CallRows.MeasureAsync(report, new Peer(floor), functions, data);
        await RestartRows.MeasureAsync(report, functions, data);
        report.Write(page, "Rounds of the engine and bench/peers/floor.cpp in turn, medians; one thread.");
        return 0;
    case ["transforms", var peer, var functions, var data, var page]:
        var transforms = new Report("Transforms");
        await TransformRows.MeasureAsync(transforms, new Peer(peer), functions, data);
        transforms.Write(
            page,
            "Rounds of the engine and bench/peers/transforms.cpp in turn, medians; one thread an operator."
        );
        return 0;
    case ["isolation", var page]:
        var isolation = new Report("Isolation");
        IsolationRows.Measure(isolation);
        isolation.Write(
            page,
            "A worker process and this process in turn, medians; one thread an operator. Rows of a time have it over its goal."
        );
        return 0;
    case ["batch", var data, var page]:
        var batches = new Report("Batches");
        await BatchRows.MeasureAsync(batches, data);
        batches.Write(
            page,
            "Time of a batch (made, read, computed, written, synced, its chunks' states in PostgreSQL) over that of calls on the same "
                + "arrays in memory, in turn, medians; two at once, one thread an operator. The goal is for work that is not bound by "
                + "the disk, as the first row is not; the last one has no other work than its chunks' states."
        );
        return 0;
    case ["device", var peer, var functions, var size, var page]:
        var devices = new Report("Device");
        if (!DeviceRows.TryMeasure(devices, new Peer(peer), functions, int.Parse(size, CultureInfo.InvariantCulture)))
        {
            Console.WriteLine("There is no GPU here (or no libtorch with CUDA): nothing was measured.");
            return 0;
        }

        devices.Write(
            page,
            "The engine and bench/peers/device.cpp in turn, medians. Round trips are over the time that plain copies of the same "
                + "bytes take, in and out of pinned memory: the share of that bandwidth is one over the ratio."
        );
        return 0;
    case ["stop", var data]:
        await EmbeddedPostgres.StopAsync(data, default);
        return 0;
    case ["first-call", var data, var schema]:
        await Restarted.FirstCallAsync(data, schema);
        return 0;
    case ["start", var data, var schema]:
        await Restarted.StartAsync(data, schema);
        return 0;
    default:
        Console.Error.WriteLine("usage: see bench/Engine.Bench/Program.cs; scripts/bench.sh engine runs it");
        return 2;
}
