using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.Architecture;

/// <summary>The public surface is a reviewed file: a change of it shows in the diff of a commit.</summary>
public sealed class PublicSurfaceTests
{
    private const string RenewVariable = "TORCH2JAX_RENEW_SURFACE";

    [Theory]
    [InlineData("Engine", typeof(ErrorCode))]
    [InlineData("Client", typeof(IFunctionSession))]
    public void The_public_surface_of_a_library_is_the_one_that_is_checked_in(string library, Type member)
    {
        var path = Path.Combine(Repository.Root, $"tests/Architecture/PublicSurface.{library}.txt");
        var actual = string.Concat(PublicSurface.Of(member.Assembly).Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable(RenewVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        var expected = File.ReadAllText(path).Split('\n');
        var now = actual.Split('\n');
        var changes = expected
            .Except(now)
            .Select(line => "- " + line)
            .Concat(now.Except(expected).Select(line => "+ " + line));
        var text = string.Join('\n', changes);
        Assert.True(
            text.Length == 0,
            $"The public surface changed. Where it is meant, run with {RenewVariable}=1:\n{text}"
        );
    }
}
