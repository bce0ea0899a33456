namespace Pare.Formats;

/// <summary>Writes a whole output folder so that under its name there is never an incomplete one.</summary>
/// <remarks>
/// The content goes to <c>OUT.partial-PID</c> beside it (with a number behind it where that is taken) and is renamed at the end.
/// A process that is killed leaves at most that folder. A folder that is replaced is first renamed to <c>OUT.partial-PID.old</c>, then the new one takes its name:
/// a process that is killed between these two renamings leaves no OUT, but both folders complete beside it, and one that is killed before the old one is deleted leaves that.
/// </remarks>
internal static class AtomicFolder
{
    /// <summary>Refuses an output folder that could not be written at the end, before any work is done.</summary>
    /// <param name="path">The output folder.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <exception cref="IOException">There is a file of that name, a folder with something in it, or (with <paramref name="overwrite"/>) a folder that is no model's.</exception>
    public static void Check(string path, bool overwrite)
    {
        var target = Normalize(path);
        if (File.Exists(target)) throw new IOException($"writing {path}: a folder was to be made, but there is a file of that name; remove it or choose another name");
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any()) return;
        if (!overwrite) throw new IOException($"writing {path}: the folder exists and is not empty; choose another name, or allow it to be overwritten");
        if (!File.Exists(Path.Combine(target, "config.json")) && !File.Exists(Path.Combine(target, "pare.json")))
            throw new IOException($"writing {path}: only a model folder is replaced, and this one holds neither config.json nor pare.json; remove it yourself or choose another name");
    }

    /// <summary>Writes a folder.</summary>
    /// <param name="path">The output folder; made new, or replaced as a whole.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <param name="write">Writes the content into the folder whose path it is given.</param>
    /// <exception cref="IOException">As for <see cref="Check"/>, or the content cannot be written; a full disk is named as such. The target is untouched.</exception>
    public static void Write(string path, bool overwrite, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Check(path, overwrite);
        var target = Normalize(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.partial-{Environment.ProcessId}";
        for (var i = 2; Path.Exists(temporary); i++) temporary = $"{target}.partial-{Environment.ProcessId}-{i}";
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            Check(path, overwrite);
            Replace(temporary, target);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is IOException io && DiskFull.Is(io)) throw DiskFull.Explain(path, io);
            throw;
        }
    }

    private static void Replace(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        var old = $"{temporary}.old";
        Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        Remove(old);
    }

    private static string Normalize(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.GetDirectoryName(target) is null ? throw new ArgumentException($"{path} is no folder that can be written", nameof(path)) : target;
    }

    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was written is complete, or the failure that led here is the one to report.
        }
    }
}
