namespace Pare.Cli;

/// <summary>Where --output points.</summary>
internal static class OutputPath
{
    /// <summary>Refuses to replace what is there already, before any work.</summary>
    /// <exception cref="IOException">There is a file, or a folder that is not empty, and it may not be replaced.</exception>
    public static void Check(string path, bool force)
    {
        if (force || (!File.Exists(path) && !(Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))) return;
        throw new IOException($"--output {path}: exists already; give another name, or --force to replace it");
    }
}
