using System.Numerics;
using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>A set of processors that a thread may run on. Known on Linux; elsewhere threads stay where the system puts them.</summary>
internal readonly unsafe partial struct ThreadAffinity
{
    private const int MaskBytes = 128;

    private readonly ulong[] _mask;

    private ThreadAffinity(ulong[] mask) => _mask = mask;

    /// <summary>The processors of the set, in ascending order.</summary>
    public IReadOnlyList<int> Processors
    {
        get
        {
            var processors = new List<int>();
            for (var word = 0; word < _mask.Length; word++)
            {
                for (var left = _mask[word]; left != 0; left &= left - 1) processors.Add(word * 64 + BitOperations.TrailingZeroCount(left));
            }

            return processors;
        }
    }

    /// <summary>What holds for the calling thread now, and for threads that it starts; null where the system does not tell.</summary>
    public static ThreadAffinity? Current()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var mask = new ulong[MaskBytes / sizeof(ulong)];
        fixed (ulong* pointer = mask) return GetAffinity(0, MaskBytes, pointer) < 0 ? null : new ThreadAffinity(mask);
    }

    /// <summary>The processor of one number alone.</summary>
    public static ThreadAffinity Only(int processor)
    {
        var mask = new ulong[MaskBytes / sizeof(ulong)];
        mask[processor / 64] = 1UL << (processor % 64);
        return new ThreadAffinity(mask);
    }

    /// <summary>Makes it hold for the calling thread.</summary>
    /// <returns>Whether the system does as it is told.</returns>
    public bool Apply()
    {
        if (!OperatingSystem.IsLinux()) return false;
        fixed (ulong* pointer = _mask) return SetAffinity(0, MaskBytes, pointer) >= 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}
