using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Pare.Numerics;

/// <summary>A fixed set of worker threads that share the parts of one piece of work at a time. The caller is worker 0.</summary>
/// <remarks>
/// Parts are handed out by an atomic counter; which worker runs a part never changes a result. <see cref="For{TBody}"/> allocates nothing.
/// Workers spin briefly for the next piece of work, then sleep. The caller waits only for workers that have begun, never for one that the system has not scheduled yet.
/// One piece of work at a time: not for concurrent or nested use.
/// </remarks>
public sealed unsafe partial class ComputePool : IDisposable
{
    // _round holds the number of the piece of work above a bit that is set while workers may still join it, above the count of workers inside.
    private const int RoundShift = 16;
    private const long Open = 1L << 15;
    private const long Inside = Open - 1;

    private readonly Thread[] _workers;
    private readonly object _gate = new();
    private readonly int _spins;
    private delegate*<void*, int, int, void> _body;
    private void* _state;
    private int _parts;
    private int _next;
    private long _round;
    private int _sleeping;
    private volatile bool _stop;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the workers.</summary>
    /// <param name="threads">Threads that work together, the caller included; 0 takes one per processor.</param>
    /// <param name="pinned">Whether each worker is bound to a processor of its own, of those that the caller may run on: worker i to the i-th, so that the last is left to the caller, which is not bound.
    /// Ignored with more threads than processors, and where the system knows no such thing (all but Linux).</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number, or more than 1024.</exception>
    public ComputePool(int threads = 0, bool pinned = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        // Spinning pays only where every worker has a processor of its own.
        _spins = Threads <= Environment.ProcessorCount ? 20_000 : 0;
        var processors = pinned ? ThreadAffinity.Current()?.Processors : null;
        IsPinned = processors is not null && processors.Count >= Threads;
        _workers = new Thread[Threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var worker = i + 1;
            int? processor = IsPinned ? processors![i] : null;
            _workers[i] = new Thread(() => Work(worker, processor)) { IsBackground = true, Name = $"pare worker {worker}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads that work together, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Whether each worker is bound to a processor of its own.</summary>
    public bool IsPinned { get; }

    /// <summary>Runs all parts and returns when the last one is done.</summary>
    /// <typeparam name="TBody">The work, a struct.</typeparam>
    /// <param name="parts">Number of parts; 0 does nothing.</param>
    /// <param name="body">The work.</param>
    /// <exception cref="Exception">Whatever a part threw first; the other parts are finished before it is rethrown.</exception>
    public void For<TBody>(int parts, in TBody body)
        where TBody : struct, IParallelBody
    {
        if (parts <= 0) return;
        ref var reference = ref Unsafe.AsRef(in body);
        if (parts == 1 || _workers.Length == 0)
        {
            for (var part = 0; part < parts; part++) reference.Execute(part, 0);
            return;
        }

        // The caller's frame outlives the call, and a struct on the stack does not move; one on the heap is pinned.
        fixed (byte* state = &Unsafe.As<TBody, byte>(ref reference))
        {
            _body = &Invoke<TBody>;
            _state = state;
            _parts = parts;
            _next = 0;
            _failure = null;
            Interlocked.Add(ref _round, (1L << RoundShift) + Open);
            WakeSleepers();
            Drain(0);
            Interlocked.And(ref _round, ~Open);
            var spinner = new SpinWait();
            while ((Volatile.Read(ref _round) & Inside) != 0) spinner.SpinOnce(_spins == 0 ? 10 : -1);
        }

        _failure?.Throw();
    }

    /// <summary>Stops the workers.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        Interlocked.Add(ref _round, 1L << RoundShift);
        WakeSleepers();
        foreach (var worker in _workers) worker.Join();
        FreeScratch();
    }

    private static void Invoke<TBody>(void* state, int part, int worker)
        where TBody : struct, IParallelBody => Unsafe.AsRef<TBody>(state).Execute(part, worker);

    // Called after the round has moved: a worker that has not lain down yet sees the new round, one that has is counted here.
    private void WakeSleepers()
    {
        if (Volatile.Read(ref _sleeping) == 0) return;
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private void Work(int worker, int? processor)
    {
        if (processor is { } own) _ = ThreadAffinity.Only(own).Apply();
        long seen = 0;
        while (true)
        {
            WaitForWork(seen);
            if (_stop) return;
            var round = Volatile.Read(ref _round);
            while ((round & Open) != 0)
            {
                var found = Interlocked.CompareExchange(ref _round, round + 1, round);
                if (found == round)
                {
                    Drain(worker);
                    Interlocked.Decrement(ref _round);
                    break;
                }

                round = found;
            }

            seen = round >> RoundShift;
        }
    }

    private void WaitForWork(long seen)
    {
        for (var i = 0; i < _spins; i++)
        {
            if (_stop || Volatile.Read(ref _round) >> RoundShift != seen) return;
            Thread.SpinWait(4);
        }

        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping);
            // A worker that came late may have seen the round of the stop already, so the stop has to be asked for by itself.
            while (!_stop && Volatile.Read(ref _round) >> RoundShift == seen) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleeping);
        }
    }

    private void Drain(int worker)
    {
        while (true)
        {
            var part = Interlocked.Increment(ref _next) - 1;
            if (part >= _parts) return;
            try
            {
                _body(_state, part, worker);
            }
#pragma warning disable CA1031 // rethrown on the caller's thread
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            }
        }
    }
}
