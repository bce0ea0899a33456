namespace Pare.TestSupport;

/// <summary>What work allocates on the managed heap of its thread.</summary>
internal static class AllocatedBytes
{
    /// <summary>Fewest bytes that one of five runs allocates.</summary>
    /// <remarks>A collection that another test sets off in between counts what was left of the thread's allocation context (up to 8 KB); work that allocates does so in every run.</remarks>
    /// <param name="work">The work, warm.</param>
    public static long Of(Action work)
    {
        var fewest = long.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}
