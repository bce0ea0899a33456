using Pare.Numerics;
using Pare.TestSupport;

namespace Pare.Tests.Numerics;

public sealed unsafe class ComputePoolTests
{
    private struct CountParts(int* counts, int failAt) : IParallelBody
    {
        public readonly void Execute(int part, int worker)
        {
            Interlocked.Increment(ref counts[part]);
            if (part == failAt) throw new InvalidOperationException("part " + part);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void For_runs_every_part_exactly_once(int threads)
    {
        using var pool = new ComputePool(threads);
        var counts = stackalloc int[100];
        for (var round = 1; round <= 500; round++)
        {
            pool.For(round % 100 + 1, new CountParts(counts, -1));
        }

        // Round r runs r % 100 + 1 parts, five times each over 500 rounds: part p runs in the rounds with more than p parts.
        for (var part = 0; part < 100; part++) Assert.Equal(5 * (100 - part), counts[part]);
    }

    private struct RecordProcessors(int* processors, int* counts) : IParallelBody
    {
        public readonly void Execute(int part, int worker)
        {
            var allowed = ThreadAffinity.Current()!.Value.Processors;
            (processors[worker], counts[worker]) = (allowed[0], allowed.Count);
            // Long enough that the other worker takes a part of its own.
            Thread.Sleep(5);
        }
    }

    [Fact]
    public void Pinned_workers_have_a_processor_of_their_own_and_the_caller_keeps_what_it_had()
    {
        if (ThreadAffinity.Current() is not { Processors: { Count: >= 2 } allowed })
        {
            using var other = new ComputePool(2, pinned: true);
            Assert.False(other.IsPinned);
            return;
        }

        using var pool = new ComputePool(2, pinned: true);
        Assert.True(pool.IsPinned);
        var processors = stackalloc int[2];
        var counts = stackalloc int[2];
        for (var i = 0; i < 50 && counts[1] == 0; i++) pool.For(8, new RecordProcessors(processors, counts));
        Assert.Equal(1, counts[1]);
        Assert.Equal(allowed[0], processors[1]);
        Assert.Equal(allowed.Count, counts[0]);
        Assert.Equal(allowed, ThreadAffinity.Current()!.Value.Processors);
        using var tooMany = new ComputePool(allowed.Count + 1, pinned: true);
        Assert.False(tooMany.IsPinned);
    }

    [Fact]
    public void For_rethrows_a_failure_after_the_other_parts_are_done()
    {
        using var pool = new ComputePool(2);
        var counts = stackalloc int[50];
        var failure = Assert.Throws<InvalidOperationException>(() => Run(pool, (nint)counts));
        Assert.Equal("part 7", failure.Message);
        for (var part = 0; part < 50; part++) Assert.Equal(1, counts[part]);

        static void Run(ComputePool pool, nint counts) => pool.For(50, new CountParts((int*)counts, 7));
    }

    // A worker that comes late to the last piece of work must not take the stop for another one that it has missed.
    [Fact]
    public void Dispose_right_behind_a_piece_of_work_stops_late_workers()
    {
        var counts = (nint)System.Runtime.InteropServices.NativeMemory.AllocZeroed(sizeof(int) * 4);
        var done = new Thread(() => Repeat((int*)counts)) { IsBackground = true };
        done.Start();
        var finished = done.Join(TimeSpan.FromMinutes(2));
        Assert.True(finished, "a pool's worker sleeps on after Dispose");
        Assert.Equal(500, ((int*)counts)[3]);
        System.Runtime.InteropServices.NativeMemory.Free((void*)counts);

        static void Repeat(int* counts)
        {
            for (var i = 0; i < 500; i++)
            {
                using var pool = new ComputePool(3);
                pool.For(4, new CountParts(counts, -1));
            }
        }
    }

    [Fact]
    public void For_allocates_nothing()
    {
        using var pool = new ComputePool(2);
        var counts = stackalloc int[8];
        pool.For(8, new CountParts(counts, -1));
        Assert.Equal(0, AllocatedBytes.Of(() =>
        {
            for (var i = 0; i < 100; i++) pool.For(8, new CountParts(counts, -1));
        }));
    }
}
