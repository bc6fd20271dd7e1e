using System.Text;

namespace Torch2Jax.TorchSharp.Trials;

/// <summary>
/// The other process of <see cref="TrialCompiler"/>: compiles what comes in, a line each, until nothing does. A line is a letter (a
/// source, or the path of an archive) and a text in base64.
/// </summary>
internal static class TrialProgram
{
    public const string Compiled = "compiled";
    public const char Source = 's';
    public const char Archive = 'a';

    public static int Main()
    {
        while (Console.In.ReadLine() is { } line)
        {
            string text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(line[1..]));
            using IDisposable made = line[0] == Source ? torch.jit.compile(text) : torch.jit.load(text);
            Console.Out.WriteLine(Compiled);
            Console.Out.Flush();
        }

        return 0;
    }
}
