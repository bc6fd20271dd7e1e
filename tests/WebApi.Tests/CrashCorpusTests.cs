using System.Net;
using Torch2Jax.Tests.Torch;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>The engine's crash corpus from outside: whoever may register a function cannot end the service with it.</summary>
[Collection(ServiceCollection.Name)]
public sealed class CrashCorpusTests(ServiceFixture fixture) : IAsyncLifetime
{
    private const string Arrays =
        """{"dtype":"float32","shape":[1,1,3],"data":[1,2,3]},{"dtype":"int64","shape":[1],"data":[-9223372036854775808]},{"dtype":"int64","shape":[1],"data":[-1]}""";

    private readonly RunningService service = fixture.Service;

    public async Task InitializeAsync() => await service.RegisterAsync("bystander", Json.Double);

    public async Task DisposeAsync() =>
        (await service.PostAsync("/api/functions/bystander/invoke", Json.Call(Json.Floats(1)))).Good();

    [Theory]
    [MemberData(nameof(CrashCorpus.Divisions), MemberType = typeof(CrashCorpus))]
    public async Task The_smallest_integer_over_minus_one_is_answered(string expression)
    {
        await service.RegisterAsync("corpus", Source(expression, "x: Tensor, y: Tensor"));
        var arrays = Arrays[(Arrays.IndexOf("},", StringComparison.Ordinal) + 2)..];
        (await service.PostAsync("/api/functions/corpus/invoke", Json.Call(arrays))).Good();
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.OutsideMemory), MemberType = typeof(CrashCorpus))]
    public async Task What_leads_outside_memory_is_the_functions_own_error(string expression)
    {
        await service.RegisterAsync("corpus", Source(expression, "x: Tensor"));
        var x = Arrays[..(Arrays.IndexOf("},", StringComparison.Ordinal) + 1)];
        (await service.PostAsync("/api/functions/corpus/invoke", Json.Call(x))).Problem(422, "execution_failed");
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.OutsideTheComputation), MemberType = typeof(CrashCorpus))]
    [MemberData(nameof(CrashCorpus.WithoutEnd), MemberType = typeof(CrashCorpus))]
    public async Task What_reaches_outside_the_computation_cannot_be_registered(string expression)
    {
        var answer = await service.PostAsync(
            "/api/functions",
            Json.Registration("refused", Source(expression, "x: Tensor"))
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        var code = answer.Body.GetProperty("code").GetString();
        Assert.Contains(code, (string[])["forbidden_operator", "invalid_source"]);
        answer.Problem(422, code!);
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.Unwritten), MemberType = typeof(CrashCorpus))]
    public async Task Memory_that_nobody_wrote_shows_nothing_of_other_callers(string expression)
    {
        await service.RegisterAsync("secret", Source("x + 1.0", "x: Tensor"));
        await service.RegisterAsync("corpus", Source(expression, "x: Tensor"));
        var zeros =
            $$"""{"dtype":"float32","shape":[100000],"base64":"{{Convert.ToBase64String(new byte[400_000])}}"}""";
        for (var i = 0; i < 3; i++)
        {
            (await service.PostAsync("/api/functions/secret/invoke", Json.Call(zeros))).Good();
            var answer = (await service.PostAsync("/api/functions/corpus/invoke", Json.Call(zeros))).Good();
            Assert.All(Json.Data(answer.GetProperty("outputs")), value => Assert.Equal(0f, value));
        }
    }

    [Fact]
    public async Task Memory_beyond_a_calls_limit_is_the_functions_own_error()
    {
        await using var small = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Engine:MaxBytesPerCall", "1048576")
        );
        foreach (string expression in ((IEnumerable<object[]>)CrashCorpus.BeyondMemory).Select(row => (string)row[0]))
        {
            await small.RegisterAsync("corpus", Source(expression, "x: Tensor"));
            var answer = await small.PostAsync("/api/functions/corpus/invoke", Json.Call(Json.Floats(1)));
            answer.Problem(422, "execution_failed");
        }
    }

    private static string Source(string expression, string arguments) =>
        $"def fn({arguments}) -> Tensor:\n    return {expression}\n";
}
