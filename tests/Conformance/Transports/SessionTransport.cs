using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.Conformance.Transports;

/// <summary>A session of the client library, as cmdlets and the command line use it.</summary>
internal sealed class SessionTransport(IFunctionSession session) : ITransport
{
    public IReadOnlyList<string> Encodings { get; } = ["session"];

    public Task<Failure?> RegisterAsync(RegistrationSpec registration)
    {
        try
        {
            session.Register(EngineCall.Registration(registration));
            return Task.FromResult<Failure?>(null);
        }
        catch (EngineException error)
        {
            return Task.FromResult<Failure?>(EngineCall.Failed(error));
        }
    }

    public Task<CallAnswer> InvokeAsync(string function, CallSpec call) =>
        Answer(() =>
        {
            using var result = session.Invoke(function, EngineCall.Invocation(call));
            return EngineCall.Answer(result);
        });

    public Task<CallAnswer> EvalShapeAsync(string function, CallSpec call) =>
        Answer(() => EngineCall.Answer(session.EvalShape(function, EngineCall.Invocation(call))));

    private static Task<CallAnswer> Answer(Func<CallAnswer> call)
    {
        try
        {
            return Task.FromResult(call());
        }
        catch (EngineException error)
        {
            return Task.FromResult(new CallAnswer(EngineCall.Failed(error)));
        }
    }
}
