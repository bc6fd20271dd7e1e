using Microsoft.AspNetCore.Http;
using Torch2Jax.Batches;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;

namespace Torch2Jax.Client.Tests;

/// <summary>Following a service's batch over what happens on the way.</summary>
public sealed class BatchFollowerTests
{
    private static readonly Guid Id = new("3f1c9a52-6f0e-4d3c-9a55-0d8f1c1b2a3e");

    [Fact]
    public async Task Events_that_break_off_are_asked_for_again()
    {
        var asked = 0;
        await using var server = await StubServer.StartAsync(async context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
            {
                await context.Response.WriteAsync(State("running", 0));
                return;
            }

            context.Response.ContentType = "text/event-stream";
            switch (Interlocked.Increment(ref asked))
            {
                case 1:
                    await context.Response.WriteAsync($"event: state\ndata: {State("running", 1)}\n\n");
                    break;
                case 2:
                    context.Response.StatusCode = 503;
                    await context.Response.WriteAsync("""{"code":"not_ready","detail":"It starts."}""");
                    break;
                case 3:
                    await context.Response.WriteAsync($"event: state\ndata: {State("running", 2)}\n\n");
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                    break;
                default:
                    await context.Response.WriteAsync(
                        $": a comment\n\nevent: state\ndata: {State("completed", 3)}\n\n"
                    );
                    break;
            }
        });
        using var session = RemoteSession.Open(server.Address);
        var heard = new List<int>();
        var ended = session.Batches.Run(Id, progress: new Heard(heard));
        Assert.Equal((BatchState.Completed, 3), (ended.State, ended.Chunks.Completed));
        // What was under way when the connection was cut may be lost; the state that comes next has it.
        Assert.Equal((1, 3), (heard[0], heard[^1]));
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task A_refusal_and_what_is_no_batch_end_it()
    {
        await using var server = await StubServer.StartAsync(async context =>
        {
            if (context.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 403;
                await context.Response.WriteAsync("""{"code":"forbidden","detail":"No more."}""");
            }
            else
            {
                await context.Response.WriteAsync(State("running", 0));
            }
        });
        using var session = RemoteSession.Open(server.Address);
        var error = Assert.ThrowsAny<EngineException>(() => session.Batches.Run(Id));
        Assert.Equal(ErrorCode.Forbidden, error.Code);
    }

    private static string State(string state, int completed) =>
        $$$"""{"id":"{{{Id}}}","name":"n","function":"f@1","state":"{{{state}}}","error":null,"threads":1,"seed":7,"createdAt":"2026-11-24T01:30:00Z","finalizedAt":null,"chunks":{"total":3,"available":{{{3 - completed}}},"running":0,"completed":{{{completed}}},"retryable":0,"discarded":0}}""";

    private sealed class Heard(List<int> completed) : IProgress<BatchReport>
    {
        public void Report(BatchReport value) => completed.Add(value.Batch.Chunks.Completed);
    }
}
