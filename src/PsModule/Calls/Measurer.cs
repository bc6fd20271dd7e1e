using System.Diagnostics;

namespace Torch2Jax.PsModule.Calls;

/// <summary>Calls a function again and again.</summary>
/// <param name="call">One call.</param>
/// <param name="progress">Told how many calls are done; called from one thread.</param>
internal sealed class Measurer(Func<Torch2JaxResult> call, Action<int> progress)
{
    public Torch2JaxMeasurement Run(int count, int throttle, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var first = call();
        var firstTime = Stopwatch.GetElapsedTime(started);
        var times = new double[count];
        started = Stopwatch.GetTimestamp();
        if (throttle == 1)
        {
            for (var i = 0; i < count; i++)
            {
                times[i] = Time(cancellationToken);
                progress(i + 1);
            }
        }
        else
        {
            Parallel.For(
                0,
                count,
                new ParallelOptions { MaxDegreeOfParallelism = throttle, CancellationToken = cancellationToken },
                i => times[i] = Time(cancellationToken)
            );
        }

        return new Torch2JaxMeasurement(
            first.Function,
            first.ShapeKey,
            first.Cache,
            firstTime,
            times,
            Stopwatch.GetElapsedTime(started),
            throttle
        );
    }

    private double Time(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        call();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
