using Torch2Jax.PsModule.Connections;
using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests;

/// <summary>One session for all who ask for the same one.</summary>
public sealed class SharedSessionsTests
{
    private static readonly ConnectionOptions Here = new(DataDirectory: "/here");
    private readonly List<EmptySession> opened = [];

    [Fact]
    public void The_first_opens_it_and_the_last_closes_it()
    {
        var sessions = new SharedSessions(Open);
        var first = sessions.Acquire(Here, default);
        var second = sessions.Acquire(new ConnectionOptions(DataDirectory: "/here"), default);
        Assert.Same(first.Session, second.Session);
        first.Dispose();
        first.Dispose();
        Assert.False(opened.Single().IsDisposed);
        second.Dispose();
        Assert.True(opened.Single().IsDisposed);
        Assert.Equal(0, sessions.Count);
        sessions.Acquire(Here, default).Dispose();
        Assert.Equal(2, opened.Count);
    }

    [Fact]
    public void Other_targets_have_sessions_of_their_own()
    {
        var sessions = new SharedSessions(Open);
        using var here = sessions.Acquire(Here, default);
        using var there = sessions.Acquire(Here with { Schema = "other" }, default);
        Assert.NotSame(here.Session, there.Session);
    }

    [Fact]
    public void A_session_that_could_not_be_opened_is_tried_again()
    {
        var isAway = true;
        var sessions = new SharedSessions(
            (options, token) => isAway ? throw new InvalidOperationException("away") : Open(options, token)
        );
        Assert.Throws<InvalidOperationException>(() => sessions.Acquire(Here, default));
        Assert.Equal(0, sessions.Count);
        isAway = false;
        using var lease = sessions.Acquire(Here, default);
        Assert.Single(opened);
    }

    [Fact]
    public async Task Many_at_once_open_one()
    {
        var sessions = new SharedSessions(Open);
        var leases = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(_ => Task.Run(() => sessions.Acquire(Here, default)))
        );
        Assert.Single(opened);
        Parallel.ForEach(leases, lease => lease.Dispose());
        Assert.True(opened.Single().IsDisposed);
    }

    private EmptySession Open(ConnectionOptions options, CancellationToken cancellationToken)
    {
        var session = new EmptySession();
        lock (opened)
        {
            opened.Add(session);
        }

        return session;
    }
}
