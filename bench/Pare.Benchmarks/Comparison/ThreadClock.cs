using System.Runtime.InteropServices;

namespace Pare.Benchmarks.Comparison;

/// <summary>Processor time of the calling thread: what other programs take of the processor does not count, nor does the compiler's own thread.</summary>
internal static unsafe partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Seconds since the thread began.</summary>
    /// <exception cref="PlatformNotSupportedException">The system does not tell.</exception>
    public static double Seconds()
    {
        long* time = stackalloc long[2];
        if (GetTime(ThreadCpuTime, time) != 0) throw new PlatformNotSupportedException("--clock cpu needs a system that counts the processor time of threads");
        return time[0] + time[1] * 1e-9;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
