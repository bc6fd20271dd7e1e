using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;

namespace Torch2Jax.Client.Tests;

/// <summary>Services that refuse, are away, or are no services.</summary>
public sealed class ServiceAwayTests
{
    [Theory]
    [InlineData(401, ErrorCode.Unauthenticated)]
    [InlineData(403, ErrorCode.Forbidden)]
    [InlineData(429, ErrorCode.Overloaded)]
    [InlineData(502, ErrorCode.NotReady)]
    [InlineData(503, ErrorCode.NotReady)]
    [InlineData(504, ErrorCode.DeadlineExceeded)]
    public async Task A_refusal_without_problem_details_is_known_by_its_status(int status, ErrorCode code)
    {
        await using var server = await StubServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "7";
            return context.Response.WriteAsync("<html>a proxy's own page</html>");
        });
        using var session = RemoteSession.Open(server.Address, "k");
        var error = Assert.Throws<ServiceException>(() => session.Describe("f"));
        Assert.Equal((code, status, TimeSpan.FromSeconds(7)), (error.Code, error.Status, error.RetryAfter));
        Assert.DoesNotContain("html", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problem_details_come_back_as_the_error_they_were()
    {
        await using var server = await StubServer.StartAsync(context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "2";
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteAsync(
                """{"status":429,"code":"overloaded","detail":"Ten calls wait.","traceId":"abc","path":"args[0]"}"""
            );
        });
        using var session = RemoteSession.Open(server.Address);
        var error = Assert.Throws<ServiceException>(() => session.Invoke("f", Calls.Of(Calls.Array(1))));
        Assert.Equal(
            (ErrorCode.Overloaded, "Ten calls wait.", "args[0]", "abc", TimeSpan.FromSeconds(2)),
            (error.Code, error.Message, error.Path, error.TraceId, error.RetryAfter)
        );
    }

    [Fact]
    public void A_service_that_is_not_there_is_told_from_one_that_refuses()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        taken.Stop();
        var error = Assert.Throws<SessionException>(() => RemoteSession.Open(address, "a-secret-key"));
        Assert.Equal(SessionFailure.ServiceUnreachable, error.Failure);
        Assert.Contains(address.ToString(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret-key", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_stops_between_two_calls_is_away()
    {
        var server = await StubServer.StartAsync(context => context.Response.WriteAsync("{}"));
        using var session = RemoteSession.Open(server.Address);
        await server.DisposeAsync();
        Assert.Equal(
            SessionFailure.ServiceUnreachable,
            Assert.Throws<SessionException>(() => session.Describe("f")).Failure
        );
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_the_key_stays_here()
    {
        await using var other = await StubServer.StartAsync(context => context.Response.WriteAsync("{}"));
        await using var server = await StubServer.StartAsync(context =>
        {
            context.Response.Redirect(new Uri(other.Address, "/api/functions/f?secret=1").ToString());
            return Task.CompletedTask;
        });
        using var session = RemoteSession.Open(server.Address, "a-secret-key");
        var error = Assert.Throws<SessionException>(() => session.Describe("f"));
        Assert.Equal(SessionFailure.Redirected, error.Failure);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Empty(other.Seen);
        Assert.All(server.Seen, request => Assert.Equal("Bearer a-secret-key", request.Authorization));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
        await using var server = await StubServer.StartAsync(
            context => context.Response.WriteAsync("{}"),
            listen => listen.UseHttps(certificate)
        );
        var error = Assert.Throws<SessionException>(() => RemoteSession.Open(server.Address, "a-secret-key"));
        Assert.Equal(SessionFailure.CertificateRejected, error.Failure);
        Assert.Empty(server.Seen);
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("[]")]
    [InlineData("""{"name":5}""")]
    [InlineData("")]
    public async Task Another_program_at_the_address_is_told_as_such(string body)
    {
        await using var server = await StubServer.StartAsync(context => context.Response.WriteAsync(body));
        using var session = RemoteSession.Open(server.Address);
        foreach (
            var act in new Action[]
            {
                () => session.Describe("f"),
                () => session.Invoke("f", Calls.Of(Calls.Array(1))),
                () => Assert.Empty(session.List()),
            }
        )
        {
            Assert.Equal(SessionFailure.UnexpectedAnswer, Assert.Throws<SessionException>(act).Failure);
        }
    }

    [Fact]
    public async Task A_service_that_never_answers_is_given_up_in_time()
    {
        await using var server = await StubServer.StartAsync(context =>
            Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default)
        );
        using var session = RemoteSession.Open(
            server.Address,
            options: new RemoteSessionOptions { Timeout = TimeSpan.FromMilliseconds(300) }
        );
        var error = Assert.Throws<EngineException>(() => session.Describe("f"));
        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
    }

    [Theory]
    [InlineData("ftp://example.org", "sekret")]
    [InlineData("http://user:password@example.org", "sekret")]
    [InlineData("http://example.org/?key=1", "sekret")]
    [InlineData("http://example.org", "two words")]
    [InlineData("http://example.org", "line\nbreak")]
    public void An_address_or_a_key_that_can_be_none_is_refused(string address, string key)
    {
        var error = Assert.Throws<ArgumentException>(() => RemoteSession.Open(new Uri(address), key));
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
    }
}
