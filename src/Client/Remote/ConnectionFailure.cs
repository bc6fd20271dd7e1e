using System.Security.Authentication;

namespace Torch2Jax.Client;

/// <summary>What happens between here and a service, in words.</summary>
internal static class ConnectionFailure
{
    public static SessionException Of(Exception error, Uri address)
    {
        if (error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError })
        {
            var reason = error.InnerException is AuthenticationException inner ? inner.Message : error.Message;
            return new SessionException(
                SessionFailure.CertificateRejected,
                $"The certificate of {address} is not accepted: {reason} Have the service's certificate signed by an "
                    + "authority that this machine trusts, and use the name that it is made for.",
                error
            );
        }

        if (
            error is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.ProxyTunnelError
            }
        )
        {
            return new SessionException(
                SessionFailure.ServiceUnreachable,
                $"Nothing answers at {address}: {error.GetBaseException().Message.TrimEnd('.')}. Is the service running, "
                    + "and is this its address?",
                error
            );
        }

        return new SessionException(
            SessionFailure.UnexpectedAnswer,
            $"The answer of {address} broke off: {error.GetBaseException().Message.TrimEnd('.')}. Send the request again.",
            error
        );
    }

    public static SessionException Redirected(HttpResponseMessage response, Uri address)
    {
        var to = response.Headers.Location is { } location
            ? new Uri(address, location).GetLeftPart(UriPartial.Path)
            : "";
        return new SessionException(
            SessionFailure.Redirected,
            $"{address} redirects{(to.Length > 0 ? " to " + to : "")}, and redirects are not followed, since the key would "
                + "go along. Connect to the service's own address."
        );
    }

    public static SessionException Unexpected(Uri address, int status, Exception? cause = null) =>
        new(
            SessionFailure.UnexpectedAnswer,
            $"What answers at {address} is no Torch2Jax service, or one of another version: its answer (status {status}) "
                + "is not the one agreed on.",
            cause
        );
}
