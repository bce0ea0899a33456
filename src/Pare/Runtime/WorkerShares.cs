using System.Runtime.CompilerServices;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Hands out the parts of a piece of work so that each worker walks through a stretch of its own, and helps the others when that is done.</summary>
/// <remarks>
/// Weights are read ahead far beyond the row at work; a worker that took every second part would read ahead what another one uses.
/// Which worker runs a part changes no result.
/// </remarks>
/// <param name="cursors"><see cref="Stride"/> zeros for each worker, alive as long as the work.</param>
/// <param name="workers">Workers.</param>
/// <param name="parts">Parts.</param>
internal readonly unsafe struct WorkerShares(int* cursors, int workers, int parts)
{
    /// <summary>Elements between the cursors of two workers: a cache line.</summary>
    public const int Stride = 16;

    /// <summary>Runs parts, each worker a stretch of them.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="parts">Parts.</param>
    /// <param name="body">The work of a part.</param>
    public static void For<TBody>(ComputePool pool, int parts, in TBody body)
        where TBody : struct, IParallelBody
    {
        var cursors = stackalloc int[Stride * pool.Threads];
        new Span<int>(cursors, Stride * pool.Threads).Clear();
        pool.For(parts, new Shared<TBody>(body, new WorkerShares(cursors, pool.Threads, parts)));
    }

    /// <summary>The next part for a worker; −1 if none is left.</summary>
    public int Take(int worker)
    {
        for (var i = 0; i < workers; i++)
        {
            var owner = (worker + i) % workers;
            ref var cursor = ref Unsafe.AsRef<int>(cursors + owner * Stride);
            var first = Begin(owner);
            var count = Begin(owner + 1) - first;
            if (Volatile.Read(ref cursor) >= count) continue;
            var taken = Interlocked.Increment(ref cursor) - 1;
            if (taken < count) return first + taken;
        }

        return -1;
    }

    private int Begin(int worker) => (int)((long)parts * worker / workers);

    private readonly struct Shared<TBody>(TBody body, WorkerShares shares) : IParallelBody
        where TBody : struct, IParallelBody
    {
        private readonly TBody _body = body;

        public void Execute(int part, int worker)
        {
            part = shares.Take(worker);
            if (part >= 0) _body.Execute(part, worker);
        }
    }
}
