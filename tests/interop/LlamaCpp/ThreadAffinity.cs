using System.Runtime.InteropServices;

namespace Pare.Interop;

/// <summary>The processors that the calling thread may run on. ggml binds its caller too, and threads started later would inherit that.</summary>
internal readonly unsafe partial struct ThreadAffinity
{
    private const int MaskBytes = 128;

    private readonly ulong[] _mask;

    private ThreadAffinity(ulong[] mask) => _mask = mask;

    /// <summary>What holds for the calling thread now.</summary>
    /// <exception cref="LlamaException">The system does not tell.</exception>
    public static ThreadAffinity Current()
    {
        var mask = new ulong[MaskBytes / sizeof(ulong)];
        fixed (ulong* pointer = mask)
        {
            if (GetAffinity(0, MaskBytes, pointer) < 0) throw new LlamaException("the thread's processors are not known");
        }

        return new ThreadAffinity(mask);
    }

    /// <summary>The processor of one number alone.</summary>
    public static ThreadAffinity Only(int processor)
    {
        var mask = new ulong[MaskBytes / sizeof(ulong)];
        mask[processor / 64] = 1UL << (processor % 64);
        return new ThreadAffinity(mask);
    }

    /// <summary>Makes it hold for the calling thread.</summary>
    /// <exception cref="LlamaException">The system refuses.</exception>
    public void Apply() => ApplyTo(0);

    /// <summary>Makes it hold for a thread of this process.</summary>
    /// <param name="thread">The system's number of the thread; 0 is the calling one.</param>
    /// <exception cref="LlamaException">The system refuses.</exception>
    public void ApplyTo(int thread)
    {
        fixed (ulong* pointer = _mask)
        {
            if (SetAffinity(thread, MaskBytes, pointer) < 0) throw new LlamaException("the thread cannot be bound to a processor");
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}
