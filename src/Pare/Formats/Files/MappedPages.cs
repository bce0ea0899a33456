using System.Runtime.InteropServices;

namespace Pare.Formats;

/// <summary>Advice to the system about the pages of a mapped file.</summary>
internal static unsafe partial class MappedPages
{
    private const int AdviseNotNeeded = 4;

    /// <summary>Lets whole pages inside a read-only mapping of a file go; advice that may be ignored without harm.</summary>
    /// <param name="data">First byte.</param>
    /// <param name="length">Bytes.</param>
    public static void Forget(byte* data, long length)
    {
        if (!OperatingSystem.IsLinux()) return;
        var page = (nuint)Environment.SystemPageSize;
        var begin = ((nuint)data + page - 1) / page * page;
        var end = ((nuint)data + (nuint)length) / page * page;
        if (end <= begin) return;
        try
        {
            _ = AdviseMemory((void*)begin, end - begin, AdviseNotNeeded);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this call decides by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseMemory(void* address, nuint length, int advice);
}
