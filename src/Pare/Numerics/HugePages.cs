using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>Asks the system to back large memory with large pages; advice that may be ignored without harm.</summary>
internal static unsafe partial class HugePages
{
    /// <summary>Size of a large page, and the alignment worth giving to memory that shall have them.</summary>
    public const int Size = 2 << 20;

    private const int AdviseHugePage = 14;

    /// <summary>Advises large pages for whole pages inside a region.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="length">Bytes.</param>
    public static void Advise(void* address, nuint length)
    {
        if (!OperatingSystem.IsLinux() || length < Size) return;
        try
        {
            _ = AdviseMemory(address, length, AdviseHugePage);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this call keeps its ordinary pages.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseMemory(void* address, nuint length, int advice);
}
