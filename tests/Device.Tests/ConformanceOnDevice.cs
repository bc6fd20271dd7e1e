using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Device;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Torch;

namespace Torch2Jax.Conformance
{
    /// <summary>The rows of a theory: every case of a family on the device.</summary>
    internal static class CaseRows
    {
        public static readonly string[] Transports = ["device"];

        public static TheoryData<string, string> Of(string family, Func<GoldenCase, bool>? where = null)
        {
            var rows = new TheoryData<string, string>();
            foreach (var golden in GoldenCase.Family(family).Where(where ?? (_ => true)))
            {
                rows.Add(golden.Name, Transports[0]);
            }

            return rows;
        }
    }
}

namespace Torch2Jax.Conformance.Transports
{
    /// <summary>The engine alone, on the device.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime.")]
    public sealed class ServiceFixture : IAsyncLifetime
    {
        private FunctionService? engine;

        internal NativeTorchBackend Backend { get; } = NativeTorchBackend.Create();

        internal FunctionService Engine => engine!;

        public Task InitializeAsync()
        {
            engine = new FunctionService(Backend, new MemoryRegistry());
            return Task.CompletedTask;
        }

        public async Task DisposeAsync()
        {
            await engine!.DisposeAsync();
            Backend.Dispose();
        }

        internal ITransport Transport(string _) =>
            new DeviceTransport(new EngineTransport(engine!), Backend.Devices.Count - 1);
    }

    /// <summary>Calls on the first device; shards take turns between all of them.</summary>
    internal sealed class DeviceTransport(EngineTransport engine, int devices) : ITransport
    {
        public const string Device = "cuda:0";

        public IReadOnlyList<string> Encodings => engine.Encodings;

        public Task<Failure?> RegisterAsync(RegistrationSpec registration) => engine.RegisterAsync(registration);

        public Task<CallAnswer> InvokeAsync(string function, CallSpec call) =>
            engine.InvokeAsync(function, OnDevice(call));

        public Task<CallAnswer> EvalShapeAsync(string function, CallSpec call) =>
            engine.EvalShapeAsync(function, OnDevice(call));

        private CallSpec OnDevice(CallSpec call)
        {
            if (call.Sharding?.DeepClone() is not JsonObject sharding)
            {
                return call with { Device = Device };
            }

            var mesh = sharding["mesh"]!.AsObject();
            if (mesh["devices"] is null && mesh["shape"] is JsonArray shape)
            {
                var places = shape.Aggregate(1, (all, size) => all * (int)size!);
                mesh["devices"] = new JsonArray(
                    [.. Enumerable.Range(0, Math.Clamp(places, 0, 64)).Select(i => (JsonNode)$"cuda:{i % devices}")]
                );
            }

            return call with
            {
                Device = Device,
                Sharding = sharding,
            };
        }
    }
}
