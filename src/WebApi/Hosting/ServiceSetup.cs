using Microsoft.AspNetCore.Connections;
using Torch2Jax.Native;
using Torch2Jax.Registry;
using Torch2Jax.Torch;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Schedules;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Puts the parts together.</summary>
internal static class ServiceSetup
{
    public static void AddServiceOptions(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.Get<ServiceOptions>() ?? new ServiceOptions();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Limits);
        builder.Services.AddSingleton(new BodyBudget(options.Admission.MaxBodyBytesInFlight));
        builder.Services.AddSingleton(
            new Security.AllowedHosts(options.Security.AllowedHosts.Split(';', StringSplitOptions.RemoveEmptyEntries))
        );
        builder.Services.AddSingleton(new Security.AllowedOrigins(options.Security.AllowedOrigins));
        builder.Services.AddSingleton<Security.KeyRing>();
        builder.Services.AddSingleton<Security.FailedAttempts>();
        builder.Services.AddSingleton<Security.KeyChecker>();
        builder.Services.AddCors();
    }

    public static void AddServer(this WebApplicationBuilder builder)
    {
        var limits = builder.Configuration.GetSection("Limits").Get<LimitOptions>() ?? new LimitOptions();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ConnectionMemory>();
        // One pool thread reads, runs the call, answers and writes: no hand-overs. Unsafe it would be where code waits for its
        // own connection, and nothing here does; a long call keeps its thread and nobody else's.
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.WaitForDataBeforeAllocatingBuffer = false;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowResponseHeaderCompression = false;
            // The readers in Bodies/ have their own bounds: over the server's, a client would be cut off, not answered.
            kestrel.Limits.MaxRequestBodySize = null;
            var rate = new Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate(
                limits.MinBytesPerSecond,
                TimeSpan.FromSeconds(10)
            );
            kestrel.Limits.MinRequestBodyDataRate = rate;
            kestrel.Limits.MinResponseDataRate = rate;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
    }

    public static void AddEngine(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(DatabaseSettings.From(builder.Configuration));
        builder.Services.AddSingleton<ITorchBackend>(services =>
        {
            var backend = TorchBackends.Create();
            backend.Threads = services.GetRequiredService<ServiceOptions>().Engine.Threads;
            return backend;
        });
        builder.Services.AddSingleton(services =>
            GateOf(
                services.GetRequiredService<ServiceOptions>().Admission,
                services.GetRequiredService<ITorchBackend>()
            )
        );
        builder.Services.AddSingleton<WorkerHost>();
        builder.Services.AddSingleton<EngineHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EngineHost>());
        builder.Services.AddHostedService<IdleMemory>();
        builder.Services.AddSingleton<BatchHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<BatchHost>());
        builder.Services.AddSingleton<FiringCounts>();
        builder.Services.AddSingleton<Firings>();
        builder.Services.AddSingleton<ScheduleHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ScheduleHost>());
        builder.Services.AddHostedService<AuditKeeper>();

        AllowThreads((2 * Environment.ProcessorCount) + 2);
    }

    private static CallGate GateOf(AdmissionOptions options, ITorchBackend backend)
    {
        var gate = new CallGate(options, backend.Devices.Select(device => device.Name).Where(name => name != "cpu"));
        AllowThreads((2 * Environment.ProcessorCount) + 2 + gate.GpuCalls);
        return gate;
    }

    // Every running call blocks a pool thread, and others must still find one to answer with.
    private static void AllowThreads(int count)
    {
        ThreadPool.GetMinThreads(out var workers, out var io);
        ThreadPool.SetMinThreads(Math.Max(workers, count), io);
    }
}
