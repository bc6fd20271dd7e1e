using System.Net;
using System.Text.Json;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Services with little memory, as processes of their own: what their calls may hold is the process's.</summary>
[Collection(ServiceCollection.Name)]
public sealed class MemoryTests(ServiceFixture fixture)
{
    private const int Mebi = 1 << 20;

    // Holds n MiB for m turns of a loop.
    private const string Hold = """
        def hold(n: int, m: int) -> Tensor:
            big = torch.ones([n, 1 << 18])
            y = torch.ones([1])
            for i in range(m):
                y = y * 1.0
            return big.sum() + y
        """;

    [Fact]
    public async Task A_call_over_the_budget_is_422_and_after_a_restart_at_once()
    {
        var schema = ServiceFixture.NewSchema();
        using (var service = await StartAsync(schema, 64))
        {
            (await PostAsync(service, "/api/functions", Json.Registration("hold", Hold))).Good(HttpStatusCode.Created);
            var problem = (await CallAsync(service, 100, 1)).Problem(422, "execution_failed");
            Assert.Contains($"{100 * Mebi}", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            await RightAsync(service, 40, 1);
            await RightAsync(service, 40, 1);
            await RightAsync(service, 2, 1);
            Assert.Equal(1, await MetricAsync(service, "torch2jax_memory_refused_total", "too_large"));
            var entries = await GetAsync(service, "/api/functions/hold/shape-cache");
            Assert.Contains(
                entries.GetProperty("entries").EnumerateArray(),
                entry => entry.GetProperty("peakBytes").GetInt64() is >= 40 * Mebi and < 41 * Mebi
            );
            await WrittenAsync(service);
        }

        using var smaller = await StartAsync(schema, 32);
        var before = await MetricAsync(smaller, "torch2jax_function_runs_total");
        var refused = (await CallAsync(smaller, 40, 1)).Problem(422, "execution_failed");
        Assert.Contains("was not run", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, await MetricAsync(smaller, "torch2jax_function_runs_total"));
        await RightAsync(smaller, 2, 1);
    }

    [Fact]
    public async Task A_call_that_fits_without_the_others_is_429_and_works_when_they_are_done()
    {
        using var service = await StartAsync(ServiceFixture.NewSchema(), 64);
        (await PostAsync(service, "/api/functions", Json.Registration("hold", Hold))).Good(HttpStatusCode.Created);
        const string Ones = "def ones(n: int) -> Tensor:\n    return torch.ones([n, 1 << 18])\n";
        (await PostAsync(service, "/api/functions", Json.Registration("ones", Ones))).Good(HttpStatusCode.Created);
        await RightAsync(service, 1, 1);
        var idle = await CpuAsync(service);
        Assert.Equal((64L * Mebi, 0), (idle.Limit, idle.InFlight));

        // Its caller takes the answer slowly, so that its result stays.
        var first = await AnswerOfAsync(service, 40);
        Assert.InRange((await CpuAsync(service)).Used, idle.Used + (40 * Mebi), 64 * Mebi);
        var refused = await CallAsync(service, 40, 1);
        refused.Problem(429, "overloaded");
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(1, await MetricAsync(service, "torch2jax_memory_refused_total", "overloaded"));
        (await CallAsync(service, 100, 1)).Problem(422, "execution_failed");
        await RightAsync(service, 2, 1);
        await using (var body = await first.Content.ReadAsStreamAsync())
        {
            await body.CopyToAsync(Stream.Null);
        }

        first.Dispose();
        while ((await CpuAsync(service)).Used > idle.Used + Mebi)
        {
            await Task.Delay(20);
        }

        await RightAsync(service, 40, 1);
    }

    [Fact]
    public async Task Calls_in_flight_are_shown_while_they_run()
    {
        using var service = await StartAsync(ServiceFixture.NewSchema(), 64);
        (await PostAsync(service, "/api/functions", Json.Registration("hold", Hold))).Good(HttpStatusCode.Created);
        var call = CallAsync(service, 1, 3_000_000);
        while ((await CpuAsync(service)).InFlight == 0)
        {
            Assert.False(call.IsCompleted);
        }

        (await call).Good();
        Assert.Equal(0, (await CpuAsync(service)).InFlight);
        Assert.Equal(0, await MetricAsync(service, "torch2jax_device_calls"));
    }

    [Fact]
    public async Task Many_callers_of_any_size_get_right_answers_or_422_or_429_and_leave_nothing_behind()
    {
        using var service = await StartAsync(ServiceFixture.NewSchema(), 48, "--Admission:Concurrency", "8");
        (await PostAsync(service, "/api/functions", Json.Registration("hold", Hold))).Good(HttpStatusCode.Created);
        await RightAsync(service, 1, 1);
        var idle = await CpuAsync(service);
        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async seed =>
                {
                    var random = new Random(seed);
                    var seen = new List<(int Size, int Status)>();
                    for (var i = 0; i < 40; i++)
                    {
                        var size = random.Next(1, 60) is var any and not 48 ? any : 47; // neither fits nor does not
                        seen.Add((size, await TryAsync(service, size, random.Next(1, 200))));
                    }

                    return seen;
                })
        );
        var all = statuses.SelectMany(seen => seen).ToArray();
        Assert.All(
            all,
            call => Assert.True(call.Size > 48 ? call.Status == 422 : call.Status is 200 or 429, $"{call}")
        );
        Assert.Contains(all, call => call.Status == 200);
        await RightAsync(service, 40, 1);
        var after = await CpuAsync(service);
        Assert.Equal(0, after.InFlight);
        Assert.InRange(after.Used, 0, idle.Used + Mebi);
    }

    private Task<ServiceProcess> StartAsync(string schema, int mebibytes, params string[] more) =>
        ServiceProcess.StartAsync(fixture.Data, schema, ["--Memory:MaxBytes", $"{(long)mebibytes * Mebi}", .. more]);

    private static async Task RightAsync(ServiceProcess service, int n, int m) =>
        Assert.Equal(200, await TryAsync(service, n, m));

    private static async Task<int> TryAsync(ServiceProcess service, int n, int m)
    {
        var answer = await CallAsync(service, n, m);
        switch ((int)answer.Status)
        {
            case 200:
                Assert.Equal([(n * (float)(1 << 18)) + 1], Json.Data(answer.Body.GetProperty("outputs")));
                break;
            case 429:
                answer.Problem(429, "overloaded");
                Assert.True(answer.Headers.Contains("Retry-After"));
                break;
            default:
                answer.Problem(422, "execution_failed");
                break;
        }

        return (int)answer.Status;
    }

    private static async Task<HttpResponseMessage> AnswerOfAsync(ServiceProcess service, int n)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/functions/ones/invoke")
        {
            Content = new StringContent(Json.Call($"{n}"), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/octet-stream");
        var answer = await service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    private static Task<Answer> CallAsync(ServiceProcess service, int n, int m) =>
        PostAsync(service, "/api/functions/hold/invoke", Json.Call($"{n}", $"{m}"));

    private static async Task<Answer> PostAsync(ServiceProcess service, string path, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await service.Client.PostAsync(path, content);
        return await Answer.OfAsync(response);
    }

    private static async Task<JsonElement> GetAsync(ServiceProcess service, string path)
    {
        using var response = await service.Client.GetAsync(path);
        return (await Answer.OfAsync(response)).Good();
    }

    private static async Task<(long Used, long Limit, int InFlight)> CpuAsync(ServiceProcess service)
    {
        var cpu = (await GetAsync(service, "/api/devices")).GetProperty("devices")[0];
        Assert.Equal("cpu", cpu.GetProperty("name").GetString());
        return (
            cpu.GetProperty("usedBytes").GetInt64(),
            cpu.GetProperty("limitBytes").GetInt64(),
            cpu.GetProperty("inFlight").GetInt32()
        );
    }

    private static async Task<double> MetricAsync(ServiceProcess service, string name, string label = "")
    {
        var text = await service.Client.GetStringAsync("/metrics");
        var line = text.Split('\n')
            .Single(line =>
                (
                    line.StartsWith(name + " ", StringComparison.Ordinal)
                    || line.StartsWith(name + "{", StringComparison.Ordinal)
                ) && line.Contains(label, StringComparison.Ordinal)
            );
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task WrittenAsync(ServiceProcess service)
    {
        while ((await GetAsync(service, "/health/ready")).GetProperty("queuedWrites").GetInt32() > 0)
        {
            await Task.Delay(50);
        }
    }
}
