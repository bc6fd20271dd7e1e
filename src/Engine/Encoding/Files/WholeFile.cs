using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Torch2Jax.Encoding;

/// <summary>Files that are whole and on disk, or not there: written under another name, synced, renamed.</summary>
public static partial class WholeFile
{
    private const int ReadOnlyAndCloseOnExec = 0x80000;

    /// <summary>Writes a file; whoever reads its name meanwhile sees what was there before.</summary>
    /// <param name="path">The path, in a folder that is there.</param>
    /// <param name="mark">Tells the temporary files of two writers apart.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, string mark, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        var temporary = Temporary(path, mark);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            Rename(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The name of a file that is not whole yet; hidden, so that patterns do not find it.</summary>
    internal static string Temporary(string path, string mark) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{mark}.tmp");

    /// <summary>Gives a synced file its name, for good.</summary>
    internal static void Rename(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);

        // A name is on disk when its folder is.
        using var folder = Open(Path.GetDirectoryName(path)!, ReadOnlyAndCloseOnExec);
        if (folder.IsInvalid || Sync(folder) != 0)
        {
            throw new IOException($"A folder cannot be synced (error {Marshal.GetLastPInvokeError()}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
