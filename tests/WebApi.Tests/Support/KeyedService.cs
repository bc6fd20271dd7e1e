using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>What tests of keys do with a running service.</summary>
internal static class KeyedService
{
    /// <summary>Makes a key as the command line does, and waits until this service knows it.</summary>
    public static async Task<MadeApiKey> AddKeyAsync(
        this RunningService service,
        KeyRole role,
        DateTimeOffset? expires = null,
        int? rate = null
    )
    {
        var key = new NewApiKey($"the {role.Name()}'s", role, expires, rate);
        var made = await service.Store().AddAsync(key, adminFirst: false, default);
        await service.Services.GetRequiredService<KeyRing>().ReloadAsync(default);
        return made;
    }

    public static IApiKeyStore Store(this RunningService service) =>
        service.Services.GetRequiredService<EngineHost>().Store.Keys;

    public static HttpRequestMessage Request(string method, string path, string? key, string? body = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        if (body is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    public static async Task<Answer> SendAsync(
        this RunningService service,
        string method,
        string path,
        string? key,
        string? body = null
    )
    {
        using var request = Request(method, path, key, body);
        return await service.SendAsync(request);
    }

    /// <summary>Asks until the answer has that status.</summary>
    public static async Task<Answer> UntilAsync(Func<Task<Answer>> ask, int status, double seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var answer = await ask();
            if ((int)answer.Status == status)
            {
                return answer;
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
