using System.Runtime.ExceptionServices;
using Pare.Formats;

namespace Pare.Runtime;

/// <summary>Reads parts of neurons from their file on threads of its own: first what is waited for, then what was foreseen.</summary>
internal sealed unsafe class NeuronReader : IDisposable
{
    /// <summary>Threads, and so reads under way at a time.</summary>
    public const int Threads = 4;

    private enum State : byte { Absent, Foreseen, Urgent, Reading, Ready }

    private readonly UncachedFile _file;
    private readonly NeuronLayout _layout;
    private readonly State[] _states;
    private readonly nint[] _targets;
    private readonly Queue<int> _urgent = new();
    private readonly Queue<int> _ahead = new();
    private readonly Thread[] _threads = new Thread[Threads];
    private readonly object _gate = new();
    private ExceptionDispatchInfo? _failure;
    private bool _stop;

    /// <param name="file">The file; disposed of with the reader.</param>
    /// <param name="layout">Where its parts are.</param>
    public NeuronReader(UncachedFile file, NeuronLayout layout)
    {
        (_file, _layout) = (file, layout);
        _states = new State[layout.Units];
        _targets = new nint[layout.Units];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = $"neurons {i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Whether the file is read past the page cache.</summary>
    public bool IsDirect => _file.IsDirect;

    /// <summary>Whether a part has been read.</summary>
    public bool IsReady(int unit)
    {
        lock (_gate) return _states[unit] == State.Ready;
    }

    /// <summary>Asks for a part that is not there.</summary>
    /// <param name="unit">The part.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="isForeseen">Whether it can wait for parts that are needed now.</param>
    public void Ask(int unit, byte* target, bool isForeseen)
    {
        lock (_gate)
        {
            _targets[unit] = (nint)target;
            _states[unit] = isForeseen ? State.Foreseen : State.Urgent;
            (isForeseen ? _ahead : _urgent).Enqueue(unit);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says that a part which was foreseen is needed now.</summary>
    public void Hurry(int unit)
    {
        lock (_gate)
        {
            if (_states[unit] != State.Foreseen) return;
            _states[unit] = State.Urgent;
            _urgent.Enqueue(unit);
        }
    }

    /// <summary>Throws what a reading thread has thrown, if one has.</summary>
    public void ThrowIfFailed()
    {
        lock (_gate) _failure?.Throw();
    }

    /// <summary>Waits until parts that were asked for have been read.</summary>
    /// <exception cref="ModelFormatException">The file was cut or changed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Wait(ReadOnlySpan<int> units)
    {
        lock (_gate)
        {
            foreach (var unit in units)
            {
                while (_states[unit] != State.Ready)
                {
                    _failure?.Throw();
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    /// <summary>Takes back what was foreseen and is not being read yet.</summary>
    /// <param name="taken">Receives the parts.</param>
    public void TakeBack(List<int> taken)
    {
        lock (_gate)
        {
            while (_ahead.TryDequeue(out var unit))
            {
                if (_states[unit] != State.Foreseen) continue;
                _states[unit] = State.Absent;
                taken.Add(unit);
            }
        }
    }

    /// <summary>Forgets a part that was read; false where it is being read now.</summary>
    public bool Forget(int unit)
    {
        lock (_gate)
        {
            if (_states[unit] != State.Ready) return false;
            _states[unit] = State.Absent;
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads) thread.Join();
        _file.Dispose();
    }

    private void Run()
    {
        while (Next() is { } unit)
        {
            try
            {
                _file.Read(_layout.Offset(unit), new Span<byte>((void*)_targets[unit], _layout.PartBytes));
                lock (_gate)
                {
                    _states[unit] = State.Ready;
                    Monitor.PulseAll(_gate);
                }
            }
            catch (Exception exception)
            {
                lock (_gate)
                {
                    _failure ??= ExceptionDispatchInfo.Capture(exception);
                    Monitor.PulseAll(_gate);
                }

                return;
            }
        }
    }

    private int? Next()
    {
        lock (_gate)
        {
            while (!_stop)
            {
                while (_urgent.TryDequeue(out var unit) || _ahead.TryDequeue(out unit))
                {
                    // What was hurried or taken back still stands in the second queue.
                    if (_states[unit] is not (State.Urgent or State.Foreseen)) continue;
                    _states[unit] = State.Reading;
                    return unit;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }
}
