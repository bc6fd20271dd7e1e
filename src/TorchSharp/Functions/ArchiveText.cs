using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Torch2Jax.Errors;
using Torch2Jax.TorchSharp.Sources;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>Finds a method's header in the TorchScript that an archive holds: TorchSharp gives no schema.</summary>
internal static partial class ArchiveText
{
    /// <exception cref="EngineException">InvalidSource.</exception>
    public static FunctionHeader Method(byte[] archive, string method)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(archive), ZipArchiveMode.Read);
            CheckNames(zip);
            string pickle = System.Text.Encoding.Latin1.GetString(Read(zip, "/data.pkl"));
            Match root = Class().Match(pickle);
            if (!root.Success)
            {
                throw new EngineException(ErrorCode.InvalidSource, "The archive holds no module.");
            }

            string file = $"/code/{root.Groups[1].Value.Replace('.', '/')}.py";
            string code = System.Text.Encoding.UTF8.GetString(Read(zip, file));
            return Method(code, root.Groups[2].Value, method);
        }
        catch (InvalidDataException error)
        {
            throw new EngineException(
                ErrorCode.InvalidSource,
                "The archive cannot be read: it is no zip file.",
                innerException: error
            );
        }
    }

    private static FunctionHeader Method(string code, string className, string method)
    {
        List<SourceToken> tokens = SourceLexer.Read(code);
        bool inClass = false;
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (tokens[i].Is("class") && tokens[i].BeginsStatement)
            {
                inClass = tokens[i + 1].Is(className);
            }
            else if (inClass && tokens[i].Is("def") && tokens[i].BeginsStatement && tokens[i + 1].Is(method))
            {
                FunctionHeader header = new HeaderReader(tokens, new SourceEdits(code)).ReadAt(i);
                return header with { Arguments = header.Arguments.RemoveAt(0) };
            }
        }

        throw new EngineException(ErrorCode.InvalidSource, $"The archive's module has no method '{method}'.");
    }

    // An archive's code is TorchScript like any other; a __setstate__ of it would run while it is loaded.
    private static void CheckNames(ZipArchive zip)
    {
        foreach (
            ZipArchiveEntry entry in zip.Entries.Where(entry =>
                entry.FullName.Contains("/code/", StringComparison.Ordinal)
                && entry.FullName.EndsWith(".py", StringComparison.Ordinal)
            )
        )
        {
            List<SourceToken> tokens = SourceLexer.Read(System.Text.Encoding.UTF8.GetString(Read(entry)));
            for (int i = 0; i < tokens.Count; i++)
            {
                if (tokens[i].Is("__setstate__"))
                {
                    throw new EngineException(
                        ErrorCode.ForbiddenOperator,
                        "the archive has a __setstate__, which would run while it is loaded."
                    );
                }

                bool isOperator = i > 1 && tokens[i - 1].Is(".") && tokens[i - 2].Is("torch");
                if (isOperator && tokens[i].Kind == TokenKind.Name)
                {
                    RefusedNames.CheckOperator(tokens[i].Text, tokens[i].Line);
                }
            }
        }
    }

    private static byte[] Read(ZipArchive zip, string end) =>
        Read(
            zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith(end, StringComparison.Ordinal))
                ?? throw new EngineException(ErrorCode.InvalidSource, $"The archive lacks its entry {end}.")
        );

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    // The pickle's first class: c MODULE \n NAME \n.
    [GeneratedRegex(@"c(__torch__[\w.]*)\n(\w+)\n")]
    private static partial Regex Class();
}
