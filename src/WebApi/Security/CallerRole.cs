using Torch2Jax.Registry.Keys;

namespace Torch2Jax.WebApi.Security;

/// <summary>The role of whoever changes something; an open service's callers are its admins.</summary>
internal sealed record CallerRole(KeyRole Role)
{
    private static readonly CallerRole Open = new(KeyRole.Admin);

    public static void Set(HttpContext context, HeldKey? key) =>
        context.Features.Set(key is null ? Open : new CallerRole(key.Key.Role));

    public static KeyRole Of(HttpContext context) => (context.Features.Get<CallerRole>() ?? Open).Role;
}
