using Torch2Jax.Conformance.Goldens;

namespace Torch2Jax.Conformance;

/// <summary>The rows of a theory: every case of a family through every transport.</summary>
internal static class CaseRows
{
    public static readonly string[] Transports = ["engine", "http", "named", "session", "remote", "cmdlets"];

    public static TheoryData<string, string> Of(string family, Func<GoldenCase, bool>? where = null)
    {
        var rows = new TheoryData<string, string>();
        foreach (var golden in GoldenCase.Family(family).Where(where ?? (_ => true)))
        {
            // Cmdlets do not shard.
            foreach (var transport in Transports.Where(name => name != "cmdlets" || family != "sharding"))
            {
                rows.Add(golden.Name, transport);
            }
        }

        return rows;
    }
}
