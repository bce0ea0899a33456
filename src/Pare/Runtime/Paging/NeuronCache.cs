using Pare.Formats;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Keeps parts of neurons in a given amount of memory: those stay that their block's last tokens used most.</summary>
/// <remarks>
/// A part's worth is Σ 0.9ᵏ over its uses, k being how many tokens ago its block ran; ages are the block's own, so that blocks which come next are not taken for old.
/// A part that at least every second token needs keeps its place in most of the memory; a small part of the memory is for what comes and goes, the longest unused first.
/// So where everything is used by every token, a fixed part of the model stays, which is the best there is, and the rest streams through what is left.
/// One thread asks; the reader's threads fill.
/// </remarks>
internal sealed unsafe class NeuronCache : IDisposable
{
    private const float Decay = 0.9f;
    private const float HalfOfMost = 0.5f / (1 - Decay);
    private const float Precious = 2000;
    private readonly NeuronLayout _layout;
    private readonly NeuronReader _reader;
    private readonly NativeBuffer<byte> _memory;
    private readonly int[] _slotOf;
    private readonly int[] _unitOf;
    private readonly float[] _worth;
    private readonly int[] _lastUse;
    private readonly int[] _age;
    private readonly long[] _needed;
    private readonly long[] _foreseenFor;
    private readonly long[] _touched;
    private readonly int _settled;
    private readonly bool[] _isForeseen;
    private readonly Stack<int> _free;
    private readonly float[] _powers = new float[256];
    private readonly List<int> _missing = [];
    private readonly List<int> _takenBack = [];
    private readonly float[] _keys;
    private readonly float[] _order;
    private long _step;
    private long _hits, _foreseen, _misses, _unneeded, _bytes;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="layout">The parts.</param>
    /// <param name="file">Where they are read from; disposed of with the cache.</param>
    /// <param name="bytes">Memory, at least <see cref="LeastBytes"/>.</param>
    public NeuronCache(NeuronLayout layout, UncachedFile file, long bytes)
    {
        _layout = layout;
        var slots = (int)Math.Min(bytes / layout.PartBytes, layout.Units + NeuronReader.Threads);
        _memory = new NativeBuffer<byte>((long)slots * layout.PartBytes + DirectOpen.Alignment, zeroed: false);
        _slotOf = new int[layout.Units];
        Array.Fill(_slotOf, -1);
        (_worth, _lastUse, _isForeseen) = (new float[layout.Units], new int[layout.Units], new bool[layout.Units]);
        _unitOf = new int[slots];
        Array.Fill(_unitOf, -1);
        (_needed, _foreseenFor, _touched, _keys, _order) = (new long[slots], new long[slots], new long[slots], new float[slots], new float[slots]);
        _settled = slots - Math.Min(slots / 8, layout.MostUnits / 3);
        _age = new int[layout.Layers];
        _free = new Stack<int>(Enumerable.Range(0, slots).Reverse());
        for (var i = 0; i < _powers.Length; i++) _powers[i] = MathF.Pow(Decay, i);
        _reader = new NeuronReader(file, layout);
    }

    /// <summary>The least memory: one block whole, since any of its neurons may be needed at once, and the reads under way.</summary>
    public static long LeastBytes(NeuronLayout layout) => (long)(layout.MostUnits + NeuronReader.Threads) * layout.PartBytes;

    /// <summary>What was counted.</summary>
    public FetchCounts Counts => new(_hits, _foreseen, _misses, _unneeded, _bytes, (long)_unitOf.Length * _layout.PartBytes, _reader.IsDirect);

    /// <summary>Forgets what was counted.</summary>
    public void ResetCounts() => (_hits, _foreseen, _misses, _unneeded, _bytes) = (0, 0, 0, 0, 0);

    /// <summary>A block begins: what was needed before may go.</summary>
    public void Begin(int layer)
    {
        _step++;
        _age[layer]++;
    }

    /// <summary>Parts that are needed now: they stay until the next block begins, and those that are missing are asked for.</summary>
    public void Need(ReadOnlySpan<int> units)
    {
        _missing.Clear();
        foreach (var unit in units)
        {
            var slot = _slotOf[unit];
            if (slot >= 0) _needed[slot] = _touched[slot] = _step;
            if (slot < 0)
            {
                _missing.Add(unit);
                _misses++;
            }
            else if (_isForeseen[unit])
            {
                _reader.Hurry(unit);
                _foreseen++;
            }
            else
            {
                _hits++;
            }

            _isForeseen[unit] = false;
            _worth[unit] = Worth(unit) + 1;
            _lastUse[unit] = _age[_layout.LayerOf(unit)];
        }

        Evict(_missing.Count, leavesForeseen: true, float.PositiveInfinity);
        while (_missing.Count > _free.Count)
        {
            TakeBack();
            Evict(_missing.Count, leavesForeseen: false, float.PositiveInfinity);
            if (_missing.Count <= _free.Count) break;
            // What is left are reads under way, of which there are few.
            _reader.ThrowIfFailed();
            Thread.Yield();
        }

        foreach (var unit in _missing) Ask(unit, isForeseen: false);
    }

    /// <summary>Parts that will probably be needed when the next block begins: as many as there is room for are asked for.</summary>
    public void Foresee(ReadOnlySpan<int> units)
    {
        TakeBack();
        ForeseeMore(units);
    }

    /// <summary>The same of further parts, behind those that were foreseen before.</summary>
    public void ForeseeMore(ReadOnlySpan<int> units)
    {
        _missing.Clear();
        foreach (var unit in units)
        {
            if (_slotOf[unit] is >= 0 and var slot) _foreseenFor[slot] = _step + 1;
            else _missing.Add(unit);
        }

        Evict(_missing.Count, leavesForeseen: true, Precious);
        foreach (var unit in _missing)
        {
            if (_free.Count == 0) break;
            Ask(unit, isForeseen: true);
            _isForeseen[unit] = true;
        }
    }

    /// <summary>Waits until parts that are needed have been read.</summary>
    /// <exception cref="ModelFormatException">Their file was cut or changed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Wait(ReadOnlySpan<int> units) => _reader.Wait(units);

    /// <summary>Whether a part has been read.</summary>
    public bool IsReady(int unit) => _slotOf[unit] >= 0 && _reader.IsReady(unit);

    /// <summary>Where a part lies that is needed and has been read.</summary>
    public byte* Data(int unit) => Slot(_slotOf[unit]);

    public void Dispose()
    {
        _reader.Dispose();
        _memory.Dispose();
    }

    private byte* Slot(int slot)
    {
        var first = ((nuint)_memory.Pointer + DirectOpen.Alignment - 1) / DirectOpen.Alignment * DirectOpen.Alignment;
        return (byte*)first + (long)slot * _layout.PartBytes;
    }

    private float Worth(int unit) => _worth[unit] * _powers[Math.Min(_age[_layout.LayerOf(unit)] - _lastUse[unit], _powers.Length - 1)];

    private void Ask(int unit, bool isForeseen)
    {
        var slot = _free.Pop();
        (_slotOf[unit], _unitOf[slot]) = (slot, unit);
        _needed[slot] = isForeseen ? 0 : _step;
        _foreseenFor[slot] = isForeseen ? _step + 1 : 0;
        _touched[slot] = _step;
        _bytes += _layout.PartBytes;
        _reader.Ask(unit, Slot(slot), isForeseen);
    }

    // Foreseen parts that nobody has begun to read give their place back.
    private void TakeBack()
    {
        _takenBack.Clear();
        _reader.TakeBack(_takenBack);
        foreach (var unit in _takenBack)
        {
            _bytes -= _layout.PartBytes;
            _isForeseen[unit] = false;
            Release(unit);
        }
    }

    // Parts of little worth go first, then the longest unused of the places for what comes and goes, then the others.
    private float Key(int slot)
    {
        if (slot >= _settled) return Precious - Math.Min(_step - _touched[slot] + 1, 1000);
        var worth = Worth(_unitOf[slot]);
        return worth < HalfOfMost ? worth : Precious + worth;
    }

    // Frees the places of the parts whose keys are least and below a limit, until so many are free or none may go.
    private void Evict(int wanted, bool leavesForeseen, float below)
    {
        if (wanted <= _free.Count) return;
        var count = 0;
        for (var slot = 0; slot < _unitOf.Length; slot++)
        {
            _keys[slot] = float.PositiveInfinity;
            if (_unitOf[slot] < 0 || _needed[slot] == _step || (leavesForeseen && _foreseenFor[slot] >= _step)) continue;
            var key = Key(slot);
            if (key < below) _order[count++] = _keys[slot] = key;
        }

        if (count == 0) return;
        var last = OrderStatistics.Select(_order.AsSpan(0, count), Math.Min(wanted - _free.Count, count) - 1);
        // Smaller ones first: of those of equal worth, only as many go as are wanted.
        for (var slot = 0; slot < _unitOf.Length && _free.Count < wanted; slot++)
            if (_keys[slot] < last) Drop(_unitOf[slot]);
        for (var slot = 0; slot < _unitOf.Length && _free.Count < wanted; slot++)
            if (_keys[slot] == last) Drop(_unitOf[slot]);
    }

    private void Drop(int unit)
    {
        if (!_reader.Forget(unit)) return;
        if (_isForeseen[unit]) _unneeded++;
        _isForeseen[unit] = false;
        Release(unit);
    }

    private void Release(int unit)
    {
        var slot = _slotOf[unit];
        (_slotOf[unit], _unitOf[slot]) = (-1, -1);
        _free.Push(slot);
    }
}
