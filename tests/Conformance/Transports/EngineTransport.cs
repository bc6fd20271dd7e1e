using Torch2Jax.Errors;
using Torch2Jax.Functions;

namespace Torch2Jax.Conformance.Transports;

/// <summary>The engine in this process, as a C# program uses it.</summary>
internal sealed class EngineTransport(FunctionService service) : ITransport
{
    public IReadOnlyList<string> Encodings { get; } = ["json"];

    public async Task<Failure?> RegisterAsync(RegistrationSpec registration)
    {
        try
        {
            await service.RegisterAsync(EngineCall.Registration(registration), CancellationToken.None);
            return null;
        }
        catch (EngineException error)
        {
            return EngineCall.Failed(error);
        }
    }

    public async Task<CallAnswer> InvokeAsync(string function, CallSpec call)
    {
        try
        {
            var jax = await service.GetAsync(function, CancellationToken.None);
            using var result = jax.Invoke(EngineCall.Invocation(call));
            return EngineCall.Answer(result);
        }
        catch (EngineException error)
        {
            return new CallAnswer(EngineCall.Failed(error));
        }
    }

    public async Task<CallAnswer> EvalShapeAsync(string function, CallSpec call)
    {
        try
        {
            var jax = await service.GetAsync(function, CancellationToken.None);
            return EngineCall.Answer(jax.EvalShape(EngineCall.Invocation(call)));
        }
        catch (EngineException error)
        {
            return new CallAnswer(EngineCall.Failed(error));
        }
    }
}
