using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Torch2Jax.WebApi.Tests.Load;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>
/// Sends mutations of valid requests of every operation to a service process, and takes only what the OpenAPI document
/// promises. T2J_FUZZ_SEED, T2J_FUZZ_COUNT and T2J_FUZZ_FIRST choose other runs; a case is told by seed and number.
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class ContractFuzzTests(ServiceFixture fixture, ITestOutputHelper output)
{
    private const int Workers = 4;

    private static readonly string[] Settings =
    [
        "--Limits:MaxBodyBytes",
        "300000",
        "--Limits:MaxUnpackedBytes",
        "1000000",
        "--Limits:MaxArrayBytes",
        "1000000",
        "--Limits:MaxTotalBytes",
        "2000000",
        "--Engine:MaxBytesPerCall",
        "268435456",
        "--Admission:MaxDeadlineMs",
        "10000",
    ];

    [Fact]
    public async Task Whatever_comes_is_answered_as_documented_and_leaves_nothing_behind()
    {
        var seed = Setting.Number("T2J_FUZZ_SEED", Random.Shared.Next());
        var count = Setting.Number("T2J_FUZZ_COUNT", 10_000);
        var first = Setting.Number("T2J_FUZZ_FIRST", 0);
        var which = $"T2J_FUZZ_SEED={seed} T2J_FUZZ_COUNT={count} T2J_FUZZ_FIRST={first}";
        output.WriteLine(which);
        using var service = await ServiceProcess.StartAsync(fixture.Data, ServiceFixture.NewSchema(), Settings);
        await RegisterAsync(service);
        var document = JsonDocument.Parse(await service.Client.GetStringAsync("/swagger/v1/swagger.json")).RootElement;
        var answers = new DocumentedAnswers(document);
        FuzzRequest[] good = [.. FuzzSeeds.Good()];
        foreach (var request in good)
        {
            var answer = await FuzzClient.SendAsync(service.Client.BaseAddress!, request);
            Assert.True(
                answer?.Status is 200 or 201 && answers.Check(request, answer) is null,
                $"{request}\n{answer?.Status} {answer?.Text}"
            );
        }

        FuzzRequest[] seeds = [.. good, .. FuzzSeeds.OfDocument(document)];
        var before = await HeldThings.ReadAsync(service);
        var faults = new ConcurrentBag<string>();
        var statuses = new ConcurrentDictionary<int, int>();
        var next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(WorkAsync)));

        output.WriteLine(
            string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}"))
        );
        Assert.True(faults.IsEmpty, $"{which}\n{string.Join("\n\n", faults.Take(20))}");
        await HeldThings.ExpectAsync(service, before);

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) is var number && number < first + count && faults.Count < 20)
            {
                var random = new Random(unchecked((int)(((uint)seed * 2654435761) ^ ((uint)number * 2246822519))));
                var request = RequestMutator.Mutate(seeds[random.Next(seeds.Length)], random);
                try
                {
                    var answer = await FuzzClient.SendAsync(service.Client.BaseAddress!, request);
                    statuses.AddOrUpdate(answer?.Status ?? 0, 1, static (_, known) => known + 1);
                    if (request.Method == "DELETE" && answer?.Status == 204)
                    {
                        await RegisterAsync(service);
                    }

                    if (answers.Check(request, answer) is { } fault)
                    {
                        faults.Add($"#{number} {fault}: {answer?.Status} {answer?.Text}\n{request}");
                    }
                }
                catch (Exception error) when (error is SocketException or OperationCanceledException)
                {
                    faults.Add($"#{number} {error.Message} (process ended: {service.HasExited})\n{request}");
                }
            }
        }
    }

    private static async Task RegisterAsync(ServiceProcess service)
    {
        foreach (var (name, source) in FuzzSeeds.Functions)
        {
            var body = Json.Registration(name, source);
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var registered = await service.Client.PostAsync("/api/functions", content);
            Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        }
    }
}
