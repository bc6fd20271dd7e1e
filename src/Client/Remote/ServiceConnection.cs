using System.Net;
using System.Net.Http.Headers;
using Torch2Jax.Errors;
using Torch2Jax.Stored;

namespace Torch2Jax.Client;

/// <summary>Requests to one service, and what can go wrong on the way.</summary>
internal sealed class ServiceConnection : IDisposable
{
    // The service ends a call at its deadline and says so; this is for the answer to arrive.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;
    private readonly RemoteSessionOptions options;

    public ServiceConnection(Uri address, string? apiKey, RemoteSessionOptions options)
    {
        Address = ServiceAddress.Check(address);
        this.options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseProxy = !Address.IsLoopback,
        };
        http = new HttpClient(handler) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Torch2Jax.Client", ClientVersion.Text));
        if (!string.IsNullOrWhiteSpace(apiKey))
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                ServiceAddress.CheckKey(apiKey.Trim())
            );
        }
    }

    public Uri Address { get; }

    public ServiceAnswer Get(string path, CancellationToken cancellationToken) =>
        Send(HttpMethod.Get, path, null, null, cancellationToken);

    public ServiceAnswer Delete(string path, CancellationToken cancellationToken) =>
        Send(HttpMethod.Delete, path, null, null, cancellationToken);

    /// <summary>Deletes what is as <paramref name="condition"/> says.</summary>
    public ServiceAnswer Delete(string path, ArrayCondition? condition, CancellationToken cancellationToken) =>
        Send(HttpMethod.Delete, path, null, null, cancellationToken, condition);

    /// <summary>Puts a body, which is disposed of here, where what is there is as <paramref name="condition"/> says.</summary>
    public ServiceAnswer Put(
        string path,
        HttpContent body,
        ArrayCondition? condition,
        CancellationToken cancellationToken
    ) => Send(HttpMethod.Put, path, body, null, cancellationToken, condition);

    /// <param name="path">Below the service's address.</param>
    /// <param name="body">What is sent; disposed of here.</param>
    /// <param name="deadline">The call's own time; null for the session's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ServiceAnswer Post(string path, HttpContent body, TimeSpan? deadline, CancellationToken cancellationToken) =>
        Send(HttpMethod.Post, path, body, deadline, cancellationToken);

    public void Dispose() => http.Dispose();

    /// <summary>Opens an answer that comes piece by piece, and hands it over once it is known to be a good one.</summary>
    /// <param name="path">Below the service's address.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public T Stream<T>(string path, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return Guarded(null, token => StreamAsync(request, body => read(body, token), token), cancellationToken);
    }

    /// <summary>Reads an answer of a media type as it comes; what does not fit it did not come from a Torch2Jax service.</summary>
    public T Stream<T>(string path, string mediaType, Func<Stream, T> read, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(mediaType);
        Task<T> Read(Stream body, CancellationToken token)
        {
            // What reads it cannot be told to stop, but it ends where its stream does.
            using var stopping = token.Register(body.Dispose);
            try
            {
                return Task.FromResult(read(body));
            }
            catch (Exception error) when (error is EngineException or ObjectDisposedException)
            {
                token.ThrowIfCancellationRequested();
                throw ConnectionFailure.Unexpected(Address, 200, error);
            }
        }

        return Guarded(
            options.Timeout,
            token => StreamAsync(request, body => Read(body, token), token),
            cancellationToken
        );
    }

    private async Task<T> StreamAsync<T>(
        HttpRequestMessage request,
        Func<Stream, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            Require(response, bytes);
        }

        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return await read(body).ConfigureAwait(false);
    }

    private ServiceAnswer Send(
        HttpMethod method,
        string path,
        HttpContent? body,
        TimeSpan? deadline,
        CancellationToken cancellationToken,
        ArrayCondition? condition = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (condition?.Sha256 is { } sha256)
        {
            request.Headers.Add("If-Match", sha256 == "*" ? sha256 : $"W/\"{sha256}\"");
        }

        if (condition?.Absent == true)
        {
            request.Headers.Add("If-None-Match", "*");
        }

        return Guarded(
            deadline is { } given ? given + Grace : options.Timeout,
            token => SendAsync(request, token),
            cancellationToken
        );
    }

    /// <summary>Waits for an answer, and says what may happen on the way in this library's words.</summary>
    private T Guarded<T>(TimeSpan? patience, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (patience is { } time)
        {
            ending.CancelAfter(time);
        }

        try
        {
            return send(ending.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new EngineException(
                ErrorCode.DeadlineExceeded,
                $"No answer came from {Address} within {patience?.TotalSeconds:0.#} s."
            );
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ConnectionFailure.Of(error, Address);
        }
    }

    private async Task<ServiceAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        Require(response, bytes);
        return new ServiceAnswer(response, bytes, Address);
    }

    private void Require(HttpResponseMessage response, byte[] bytes)
    {
        if (response.StatusCode is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest)
        {
            throw ConnectionFailure.Redirected(response, Address);
        }

        if (!response.IsSuccessStatusCode)
        {
            throw ProblemReader.Read(response, bytes, Address);
        }
    }
}
