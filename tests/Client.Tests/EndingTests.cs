using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;

namespace Torch2Jax.Client.Tests;

/// <summary>Calls that are given up, and sessions that end.</summary>
[Collection(SessionsCollection.Name)]
public sealed class EndingTests(SessionsFixture sessions)
{
    private const long Hours = 1_000_000_000_000;

    public static TheoryData<SessionKind> Kinds => [SessionKind.InProcess, SessionKind.Remote];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_call_is_left_when_its_token_is_cancelled(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("looping", Calls.Loop));
        using var stop = new CancellationTokenSource();
        // The loops of what goes on behind are stopped a little later, so that the test leaves nothing running.
        var call = Calls.Of(Calls.Array(1), Calls.Value(Hours)) with
        {
            Timeout = TimeSpan.FromSeconds(3),
        };
        stop.CancelAfter(TimeSpan.FromMilliseconds(300));
        var left = Assert.ThrowsAny<OperationCanceledException>(() => session.Invoke("looping", call, stop.Token));
        Assert.Equal(stop.Token, left.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_cancelled_token_lets_nothing_begin(SessionKind kind)
    {
        var session = sessions.Session(kind);
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => session.Describe("whatever", cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => session.List(null, cancelled).ToList());
        Assert.ThrowsAny<OperationCanceledException>(() =>
            session.Invoke("whatever", Calls.Of(Calls.Array(1)), cancelled)
        );
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_call_that_takes_longer_than_it_may_is_an_error_of_its_own(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("late", Calls.Loop));
        var call = Calls.Of(Calls.Array(1), Calls.Value(Hours)) with { Timeout = TimeSpan.FromMilliseconds(200) };
        var error = Assert.ThrowsAny<EngineException>(() => session.Invoke("late", call));
        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Equal("The call did not end within 200 ms.", error.Message);
    }

    [Fact]
    public void A_session_that_was_disposed_of_says_so_and_may_be_disposed_of_again()
    {
        var session = sessions.OpenInProcess();
        session.Register(new RegistrationRequest("kept", Calls.DoubleIt));
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Invoke("kept", Calls.Of(Calls.Array(1))));
        Assert.Throws<ObjectDisposedException>(() => session.Describe("kept"));

        using var next = sessions.OpenInProcess();
        using var result = next.Invoke("kept", Calls.Of(Calls.Array(4)));
        Assert.Equal([8], Calls.Floats(result));

        var remote = RemoteSession.Open(sessions.Address);
        remote.Dispose();
        Assert.Throws<ObjectDisposedException>(() => remote.Describe("kept"));
    }

    [Fact]
    public void Calls_that_run_when_a_session_ends_are_waited_for()
    {
        var session = sessions.OpenInProcess();
        session.Register(new RegistrationRequest("ending", Calls.Loop));
        using var began = new ManualResetEventSlim();
        float[]? answer = null;
        var thread = new Thread(() =>
        {
            began.Set();
            using var result = session.Invoke("ending", Calls.Of(Calls.Array(0), Calls.Value(50_000L)));
            answer = Calls.Floats(result);
        });
        using (session.Invoke("ending", Calls.Of(Calls.Array(0), Calls.Value(1L)))) { }
        thread.Start();
        began.Wait();
        Thread.Sleep(20);
        session.Dispose();
        thread.Join();
        Assert.Equal([50_000], answer!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Short_calls_stay_right_whether_they_can_be_cancelled_or_not(bool cancellable)
    {
        var session = sessions.Session(SessionKind.InProcess);
        session.Register(new RegistrationRequest("short", Calls.DoubleIt));
        using var source = new CancellationTokenSource();
        for (var i = 0; i < 200; i++)
        {
            var token = cancellable ? source.Token : default;
            using var result = session.Invoke("short", Calls.Of(Calls.Array(new float[1 + (i % 7)])), token);
            Assert.Equal(1 + (i % 7), result.Outputs.Leaves[0].Size);
        }
    }
}
