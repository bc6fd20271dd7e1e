using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Hosting;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>The service on a real server, over a real database; stopped in order when disposed of.</summary>
public sealed class RunningService : IAsyncDisposable
{
    private readonly WebApplicationFactory<Program> factory;

    private RunningService(WebApplicationFactory<Program> factory)
    {
        this.factory = factory;
        factory.StartServer();
        Client = factory.CreateClient();
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => factory.Services;

    public Uri Address => Client.BaseAddress!;

    public static async Task<RunningService> StartAsync(
        string data,
        string schema,
        params (string Name, string Value)[] settings
    )
    {
        var factory = new ServiceFactory(data, schema, settings);
        factory.UseKestrel();
        var service = new RunningService(factory);
        await service.ReadyAsync();
        return service;
    }

    public async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            using var answer = await Client.GetAsync("/health/ready", limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(50, limit.Token);
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public async Task<Answer> SendAsync(
        HttpMethod method,
        string path,
        string? body = null,
        string? type = "application/json"
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Registers a function and expects it to work.</summary>
    public async Task RegisterAsync(string name, string source)
    {
        var answer = await PostAsync("/api/functions", Json.Registration(name, source));
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await factory.DisposeAsync();
    }

    private sealed class ServiceFactory(string data, string schema, (string Name, string Value)[] settings)
        : WebApplicationFactory<Program>
    {
        // The base class sets the port while the program is already starting, which fails now and then.
        protected override IHost CreateHost(IHostBuilder builder)
        {
            var host = builder.Build();
            host.Start();
            return host;
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSetting("urls", "http://127.0.0.1:0");
            builder.UseSetting("TORCH2JAX_DATA", data);
            builder.UseSetting("Database:Schema", schema);
            foreach (var (name, value) in settings)
            {
                builder.UseSetting(name, value);
            }
        }
    }
}

/// <summary>An answer, read to its end.</summary>
public sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? MediaType, string Text)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public static async Task<Answer> OfAsync(HttpResponseMessage response) =>
        new(
            response.StatusCode,
            response.Headers,
            response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync()
        );

    /// <summary>Expects problem details of the contract: status and code, every field, and nothing internal.</summary>
    public JsonElement Problem(int status, string code)
    {
        Assert.True(status == (int)Status, $"{(int)Status} where {status} was expected: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        var problem = Body;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.EndsWith($"docs/errors.md#{code}", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Equal(32, problem.GetProperty("traceId").GetString()!.Length);
        foreach (
            var leak in (string[])[".cs:line", "   at ", "/root/", "/home/", "/usr/", "SELECT ", "Npgsql", "System."]
        )
        {
            Assert.DoesNotContain(leak, Text, StringComparison.Ordinal);
        }

        return problem;
    }

    public JsonElement Good(HttpStatusCode expected = HttpStatusCode.OK)
    {
        Assert.True(expected == Status, $"{(int)Status} where {(int)expected} was expected: {Text}");
        return Text.Length > 0 ? Body : default;
    }
}
