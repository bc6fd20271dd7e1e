using System.Globalization;

namespace Torch2Jax.Bench;

/// <summary>Ours and the peer in turn, in one run.</summary>
internal static class Turns
{
    /// <summary>A row of the median ratio of the rounds.</summary>
    public static Row Measure(string name, double goal, int rounds, Func<double> ours, Func<double> peer)
    {
        var times = Enumerable.Range(0, rounds).Select(_ => (Peer: peer(), Ours: ours())).ToArray();
        return new Row(
            name,
            Report.Median(times.Select(time => time.Ours / time.Peer)),
            goal,
            $"ours {Text(Report.Median(times.Select(time => time.Ours)))}, "
                + $"peer {Text(Report.Median(times.Select(time => time.Peer)))}"
        );
    }

    private static string Text(double nanoseconds) =>
        nanoseconds < 1e6
            ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.00} us")
            : string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms");
}
