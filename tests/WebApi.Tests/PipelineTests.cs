using System.Text.Json;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>What the pipeline itself refuses has the contract's form too.</summary>
[Collection(ServiceCollection.Name)]
public sealed class PipelineTests(ServiceFixture fixture)
{
    private readonly RunningService service = fixture.Service;

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/api")]
    [InlineData("/api/functions/a/b/c")]
    [InlineData("/health")]
    public async Task An_unknown_address_is_not_found(string path) =>
        (await service.GetAsync(path)).Problem(404, "not_found");

    [Theory]
    [InlineData("PUT", "/api/functions")]
    [InlineData("GET", "/api/functions/x/invoke")]
    [InlineData("POST", "/health/live")]
    public async Task A_method_that_an_address_does_not_take_is_refused(string method, string path)
    {
        var answer = await service.SendAsync(new HttpMethod(method), path, "{}");
        answer.Problem(405, "method_not_allowed");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_content_type_that_is_not_understood_is_refused(string type)
    {
        (await service.SendAsync(HttpMethod.Post, "/api/functions", "{}", type)).Problem(415, "unsupported_media_type");
        (await service.SendAsync(HttpMethod.Post, "/api/functions/x/invoke", "{}", type)).Problem(
            415,
            "unsupported_media_type"
        );
    }

    [Fact]
    public async Task A_content_encoding_that_is_not_understood_is_refused()
    {
        var answer = await PostRawAsync("Content-Encoding: zstd\r\nContent-Length: 2\r\n\r\n{}");
        Assert.Equal(415, answer.Status);
        Assert.Equal("unsupported_media_type", Code(answer));
    }

    [Fact]
    public async Task A_body_that_is_not_compressed_as_it_says_is_malformed()
    {
        var answer = await PostRawAsync("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}");
        Assert.Equal(400, answer.Status);
        Assert.Equal("malformed_request", Code(answer));
    }

    [Fact]
    public async Task A_body_cut_short_harms_nobody()
    {
        // A client that has closed its side is not answered by the server; JSON that ends early is.
        const string head = "POST /api/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"name\":";
        await Wire.SendOnlyAsync(service.Address, head);
        (await service.PostAsync("/api/functions", "{\"name\":")).Problem(400, "malformed_request");
        (await service.GetAsync("/api/functions")).Good();
    }

    [Fact]
    public async Task A_chunk_that_is_none_is_malformed()
    {
        var answer = await PostRawAsync("Transfer-Encoding: chunked\r\n\r\nZZ\r\n");
        Assert.Equal(400, answer.Status);
        Assert.Equal("malformed_request", Code(answer));
    }

    [Fact]
    public async Task A_body_larger_than_the_limit_is_refused_before_it_is_read()
    {
        var answer = await PostRawAsync("Content-Length: 4294967296\r\n\r\n");
        Assert.Equal(413, answer.Status);
        Assert.Equal("payload_too_large", Code(answer));
    }

    [Fact]
    public async Task The_trace_id_of_a_caller_is_kept()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nothing");
        request.Headers.TryAddWithoutValidation(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        );
        var problem = (await service.SendAsync(request)).Problem(404, "not_found");
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", problem.GetProperty("traceId").GetString());
    }

    [Fact]
    public async Task The_errors_page_explains_every_code()
    {
        var page = await service.GetAsync("/docs/errors.md");
        Assert.Equal(System.Net.HttpStatusCode.OK, page.Status);
        string[] codes =
        [
            .. Problems.ErrorTable.All.Values.Select(form => form.Code),
            "not_found",
            "method_not_allowed",
            "request_timeout",
        ];
        Assert.All(codes, code => Assert.Contains($"\n### {code}\n", page.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Devices_and_health_answer()
    {
        var devices = (await service.GetAsync("/api/devices")).Good().GetProperty("devices");
        Assert.Contains(devices.EnumerateArray(), device => device.GetProperty("name").GetString() == "cpu");
        Assert.Equal("live", (await service.GetAsync("/health/live")).Good().GetProperty("status").GetString());
        Assert.Equal("ready", (await service.GetAsync("/health/ready")).Good().GetProperty("status").GetString());
    }

    private Task<WireAnswer> PostRawAsync(string rest) =>
        Wire.SendAsync(
            service.Address,
            $"POST /api/functions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{rest}"
        );

    private static string? Code(WireAnswer answer) =>
        JsonDocument.Parse(answer.Text).RootElement.GetProperty("code").GetString();
}
