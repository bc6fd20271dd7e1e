using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Torch2Jax.Isolation.Tests;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Isolation;

/// <summary>
/// Good callers beside functions that loop, divide badly, take all memory or nest too deeply, while workers are killed at
/// random. TORCH2JAX_CHAOS_SECONDS makes it longer than the 20 seconds it takes otherwise.
/// </summary>
[Collection(Support.ServiceCollection.Name)]
public sealed class ChaosTests(ServiceFixture fixture, ITestOutputHelper output)
{
    private const int Callers = 8;
    private const long Flat = 96L << 20;

    private static readonly (string Name, string Source, int Status)[] Bad =
    [
        (
            "loops",
            "def fn(x: Tensor) -> Tensor:\n    while bool((x < 9.0).all()):\n        x = x * 1.0\n    return x\n",
            504
        ),
        (
            "stuck",
            "def fn(x: Tensor) -> Tensor:\n    return torch.matmul(x.expand(5000, 5000), x.expand(5000, 5000))\n",
            504
        ),
        (
            "divides",
            "def fn(x: Tensor) -> Tensor:\n    return (x.long() * 0 + (-9223372036854775807 - 1)) // -1\n",
            200
        ),
        ("allocates", "def fn(x: Tensor) -> Tensor:\n    return torch.ones([25, 1 << 30]) + x\n", 422),
        (
            "pieces",
            "def fn(x: Tensor) -> Tensor:\n    y: List[Tensor] = []\n    for i in range(1 << 30):\n        y.append(x + torch.ones(1 << 20))\n    return y[0]\n",
            422
        ),
    ];

    private static int Seconds => Setting.Number("TORCH2JAX_CHAOS_SECONDS", 20);

    [Fact]
    public async Task Good_functions_answer_rightly_whatever_others_do()
    {
        await using var service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Isolation:QuarantineCrashes", "1000000"),
            ("Isolation:MaxBytes", "536870912"),
            ("Admission:MaxDeadlineMs", "30000")
        );
        foreach (var (name, source, _) in Bad.Append(("good", Json.Double, 200)))
        {
            (await service.PostAsync("/api/functions", Json.Registration(name, source, ("isolation", "process")))).Good(
                HttpStatusCode.Created
            );
        }

        using var end = new CancellationTokenSource();
        var tally = new Tally();
        var good = Enumerable
            .Range(0, Callers)
            .Select(i => Task.Run(() => CallGoodAsync(service, i, tally, end.Token)));
        var bad = Bad.Select(function => Task.Run(() => CallBadAsync(service, function, tally, end.Token)));
        var all = good.Append(Task.Run(() => NestAsync(service, tally, end.Token)))
            .Append(Task.Run(() => KillAsync(service, tally, end.Token)))
            .Concat(bad)
            .ToArray();
        await Task.Delay(TimeSpan.FromSeconds(Seconds / 3.0));
        var before = Memory();
        await Task.Delay(TimeSpan.FromSeconds(Seconds * 2 / 3.0));
        var after = Memory();
        await end.CancelAsync();
        await Task.WhenAll(all);
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Seconds} s: {tally}; memory {before >> 20} MiB, then {after >> 20} MiB"
            )
        );
        Assert.Empty(tally.Wrong);
        Assert.True(tally.Good > 100, $"only {tally.Good} good calls");
        Assert.True(tally.Killed > 0 && tally.BadAnswered > 0);
        Assert.True(after < before + Flat, $"memory grew from {before} to {after} bytes");
        (await service.PostAsync("/api/functions/good/invoke", Json.Call(Json.Floats(1)))).Good();
    }

    private static async Task CallGoodAsync(RunningService service, int caller, Tally tally, CancellationToken end)
    {
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            float value = (caller * 1000) + (i % 1000);
            var answer = await service.PostAsync("/api/functions/good/invoke", Json.Call(Json.Floats(value)));
            if (answer.Status == HttpStatusCode.OK)
            {
                var came = Json.Data(answer.Body.GetProperty("outputs"));
                tally.Check(came is [var number] && number == value * 2, $"{value} gave {string.Join(' ', came)}");
                Interlocked.Increment(ref tally.Good);
            }
            else if (answer.Text.Contains("SIGKILL", StringComparison.Ordinal))
            {
                // Killed, run again and killed again: told, as documented.
                Interlocked.Increment(ref tally.KilledTwice);
            }
            else
            {
                tally.Check(false, answer.Text);
            }
        }
    }

    private static async Task CallBadAsync(
        RunningService service,
        (string Name, string Source, int Status) function,
        Tally tally,
        CancellationToken end
    )
    {
        var call = $$"""{"args":[{{Json.Floats(1)}}],"deadlineMs":{{(function.Status == 504 ? 300 : 20000)}}}""";
        while (!end.IsCancellationRequested)
        {
            var answer = await service.PostAsync($"/api/functions/{function.Name}/invoke", call);
            var killed = answer.Text.Contains("SIGKILL", StringComparison.Ordinal);
            tally.Check(killed || (int)answer.Status == function.Status, $"{function.Name}: {answer.Text}");
            Interlocked.Increment(ref tally.BadAnswered);
            await Task.Delay(500, CancellationToken.None);
        }
    }

    private static async Task NestAsync(RunningService service, Tally tally, CancellationToken end)
    {
        var source = $"def fn(x: Tensor) -> Tensor:\n    return {new string('(', 20_000)}x{new string(')', 20_000)}\n";
        while (!end.IsCancellationRequested)
        {
            var answer = await service.PostAsync(
                "/api/functions",
                Json.Registration("nested", source, ("isolation", "process"))
            );
            tally.Check((int)answer.Status is 422, answer.Text);
            await Task.Delay(300, CancellationToken.None);
        }
    }

    private static async Task KillAsync(RunningService service, Tally tally, CancellationToken end)
    {
        var random = new Random(7);
        var workers = service.Services.GetRequiredService<WorkerHost>().Backend!;
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(1000, CancellationToken.None);
            if (workers.WorkerPids is { Count: > 0 } pids)
            {
                WorkerProcesses.Signal(pids[random.Next(pids.Count)], "KILL");
                tally.Killed++;
            }
        }
    }

    // What the service itself holds; arrays that it shares with workers count too.
    private static long Memory()
    {
        GC.Collect();
        return Process.GetCurrentProcess().WorkingSet64;
    }

    private sealed class Tally
    {
        public long Good;
        public long KilledTwice;
        public long BadAnswered;
        public int Killed;

        public ConcurrentQueue<string> Wrong { get; } = new();

        public void Check(bool holds, string text)
        {
            if (!holds && Wrong.Count < 20)
            {
                Wrong.Enqueue(text);
            }
        }

        public override string ToString() =>
            $"{Good} good calls, {Wrong.Count} wrong, {KilledTwice} killed twice, {BadAnswered} bad calls, {Killed} workers killed";
    }
}
