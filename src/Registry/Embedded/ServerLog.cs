namespace Torch2Jax.Registry.Embedded;

/// <summary>The server's log file, from the place where a start began.</summary>
internal sealed class ServerLog
{
    private const long Longest = 8 << 20;
    private const int Quoted = 2000;
    private readonly string _path;
    private readonly long _from;

    private ServerLog(string path)
    {
        _path = path;
        _from = File.Exists(path) ? new FileInfo(path).Length : 0;
    }

    /// <summary>Puts a long log aside (one old one is kept) while the server does not run.</summary>
    public static ServerLog Prepare(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > Longest)
        {
            File.Move(path, path + ".1", overwrite: true);
        }
        return new ServerLog(path);
    }

    /// <summary>The end of what was written since.</summary>
    public string Since()
    {
        if (!File.Exists(_path))
        {
            return "";
        }
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Max(_from, file.Length - Quoted);
        using var reader = new StreamReader(file, System.Text.Encoding.UTF8);
        return reader.ReadToEnd().Trim();
    }
}
