using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Each answers with its error of the contract, changes nothing that is stored, and the next good call works.</summary>
public abstract class StoreUnchangedTests(ServiceFixture fixture) : IAsyncLifetime
{
    private string before = "";

    internal RunningService Service { get; } = fixture.Service;

    public async Task InitializeAsync()
    {
        await Service.RegisterAsync("good", Json.Double);
        before = (await Service.GetAsync("/api/functions?limit=1000")).Text;
    }

    public async Task DisposeAsync()
    {
        Assert.Equal(before, (await Service.GetAsync("/api/functions?limit=1000")).Text);
        var answer = (await Service.PostAsync("/api/functions/good/invoke", Json.Call(Json.Floats(1, 2)))).Good();
        Assert.Equal([2f, 4f], Json.Data(answer.GetProperty("outputs")));
    }
}
