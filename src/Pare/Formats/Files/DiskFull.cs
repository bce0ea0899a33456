namespace Pare.Formats;

/// <summary>Recognises the error of a full disk and says what to do about it.</summary>
internal static class DiskFull
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int UnixNoSpace = 28;
    private const int LinuxQuota = 122;
    private const int BsdQuota = 69;

    /// <summary>Whether an error means that the disk, or the user's share of it, is full.</summary>
    /// <param name="error">What was thrown on writing.</param>
    /// <returns>True for a full disk or quota.</returns>
    public static bool Is(IOException error) => error.HResult is WindowsDiskFull or WindowsHandleDiskFull
        || (!OperatingSystem.IsWindows() && error.HResult is UnixNoSpace or LinuxQuota or BsdQuota);

    /// <summary>The error to show instead.</summary>
    /// <param name="path">What was being written.</param>
    /// <param name="error">What was thrown on writing.</param>
    /// <returns>An exception whose message names the path and the remedy.</returns>
    public static IOException Explain(string path, IOException error) =>
        new($"writing {path}: the disk is full; nothing was left under that name. Free some space, or write to another disk", error) { HResult = error.HResult };
}
