using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pare.Formats;

/// <summary>Opens files so that reading does not go through the system's page cache, where the system can.</summary>
internal static partial class DirectOpen
{
    /// <summary>What offsets, lengths and addresses of direct reads have to be multiples of on every common disk.</summary>
    public const int Alignment = 4096;

    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;
    private const int AdviseNotNeeded = 4;

    /// <summary>Opens a file for direct reads.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The handle, or null where the system or the file system has no direct reads.</returns>
    public static SafeFileHandle? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux() || Flag is not { } direct) return null;
        try
        {
            var descriptor = OpenFile(path, ReadOnly | CloseOnExec | direct);
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Asks the system to drop what it keeps of a part of a file; advice that may be ignored without harm.</summary>
    public static void Forget(SafeFileHandle file, long offset, long length)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = AdviseFile(file, offset, length, AdviseNotNeeded);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this call keeps its pages as it likes.
        }
    }

    // O_DIRECT differs between architectures.
    private static int? Flag => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 or Architecture.RiscV64 or Architecture.LoongArch64 => 0x4000,
        Architecture.Arm64 or Architecture.Arm => 0x10000,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseFile(SafeFileHandle file, long offset, long length, int advice);
}
