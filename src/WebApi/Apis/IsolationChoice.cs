using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.Apis;

/// <summary>Where a function that is registered over HTTP runs.</summary>
internal static class IsolationChoice
{
    /// <summary>As the registration says, as the service is set, else in a worker process where an author registers it.</summary>
    /// <exception cref="EngineException">Forbidden: an author may not have a function run in the service itself.</exception>
    public static FunctionIsolation Of(HttpContext context, FunctionIsolation? asked, IsolationSettings settings)
    {
        var isAdmin = CallerRole.Of(context) >= KeyRole.Admin;
        var usual = settings.Default switch
        {
            "process" => FunctionIsolation.Process,
            "none" => FunctionIsolation.None,
            _ => isAdmin ? FunctionIsolation.None : FunctionIsolation.Process,
        };
        if (asked == FunctionIsolation.None && usual == FunctionIsolation.Process && !isAdmin)
        {
            throw new EngineException(
                ErrorCode.Forbidden,
                "Only an admin may have a function run in the service itself; leave isolation out, or ask for process.",
                "isolation"
            );
        }

        return asked ?? usual;
    }
}
