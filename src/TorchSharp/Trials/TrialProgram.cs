using System.Text;

namespace Torch2Jax.TorchSharp.Trials;

/// <summary>The other process of <see cref="TrialCompiler"/>: compiles what comes in, a line each, until nothing does.</summary>
internal static class TrialProgram
{
    public const string Compiled = "compiled";

    public static int Main()
    {
        while (Console.In.ReadLine() is { } line)
        {
            using torch.jit.CompilationUnit unit = torch.jit.compile(
                System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(line))
            );
            Console.Out.WriteLine(Compiled);
            Console.Out.Flush();
        }

        return 0;
    }
}
