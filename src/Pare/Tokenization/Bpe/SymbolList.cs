namespace Pare.Tokenization;

/// <summary>The symbols of one word while its merges are applied: always the pair of lowest rank first, of equal ranks the leftmost.</summary>
/// <remarks>
/// Short words are scanned (n² / 2 comparisons over an array that lies in one or two cache lines);
/// long ones go through a linked list and a binary heap, so any input costs O(n log n). Nothing is allocated once the arrays have grown.
/// </remarks>
internal sealed class SymbolList
{
    private const int ScanLimit = 40;

    private int[] _ids = new int[64];
    private int[] _starts = new int[64];
    private int[] _ranks = new int[64];
    private int[] _next = [];
    private int[] _previous = [];
    private ulong[] _heap = [];
    private int _heapCount;

    /// <summary>Number of symbols.</summary>
    public int Count { get; private set; }

    /// <summary>Ids of the symbols; -1 where a character has none.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where in the word each symbol starts, in UTF-16 units.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>Removes all symbols.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a symbol.</summary>
    public void Add(int id, int start)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            Array.Resize(ref _starts, Count * 2);
            Array.Resize(ref _ranks, Count * 2);
        }

        _ids[Count] = id;
        _starts[Count++] = start;
    }

    /// <summary>Applies merges until none is left.</summary>
    public void Merge(MergeTable merges)
    {
        if (Count < 2) return;
        if (Count <= ScanLimit) MergeByScan(merges);
        else MergeByHeap(merges);
    }

    private int Rank(MergeTable merges, int left, int right, out int merged)
    {
        merged = -1;
        return (_ids[left] | _ids[right]) < 0 ? int.MaxValue : merges.Find(_ids[left], _ids[right], out merged);
    }

    private void MergeByScan(MergeTable merges)
    {
        var count = Count;
        var ranks = _ranks;
        for (var i = 0; i + 1 < count; i++) ranks[i] = Rank(merges, i, i + 1, out _);
        while (count > 1)
        {
            var best = int.MaxValue;
            var at = -1;
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] >= best) continue;
                best = ranks[i];
                at = i;
            }

            if (at < 0) break;
            Rank(merges, at, at + 1, out var merged);
            _ids[at] = merged;
            var tail = count - at - 2;
            _ids.AsSpan(at + 2, tail).CopyTo(_ids.AsSpan(at + 1));
            _starts.AsSpan(at + 2, tail).CopyTo(_starts.AsSpan(at + 1));
            ranks.AsSpan(at + 2, tail).CopyTo(ranks.AsSpan(at + 1));
            count--;
            if (at > 0) ranks[at - 1] = Rank(merges, at - 1, at, out _);
            if (at + 1 < count) ranks[at] = Rank(merges, at, at + 1, out _);
        }

        Count = count;
    }

    private void MergeByHeap(MergeTable merges)
    {
        var count = Count;
        if (_next.Length < count)
        {
            _next = new int[_ids.Length];
            _previous = new int[_ids.Length];
        }

        _heapCount = 0;
        for (var i = 0; i < count; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
            if (i + 1 < count) Push(Rank(merges, i, i + 1, out _), i);
        }

        var dead = new DeadSymbols(_ranks.AsSpan(0, count));
        while (TryPop(out var rank, out var at))
        {
            // An entry is stale where its symbol is gone or its pair has changed since.
            if (dead.Contains(at) || _next[at] >= count || Rank(merges, at, _next[at], out var merged) != rank) continue;
            var gone = _next[at];
            _ids[at] = merged;
            dead.Add(gone);
            var after = _next[gone];
            _next[at] = after;
            if (after < count)
            {
                _previous[after] = at;
                Push(Rank(merges, at, after, out _), at);
            }

            if (_previous[at] >= 0) Push(Rank(merges, _previous[at], at, out _), _previous[at]);
        }

        var kept = 0;
        for (var i = 0; i < count; i = _next[i], kept++)
        {
            _ids[kept] = _ids[i];
            _starts[kept] = _starts[i];
        }

        Count = kept;
    }

    private void Push(int rank, int at)
    {
        if (rank == int.MaxValue) return;
        if (_heapCount == _heap.Length) Array.Resize(ref _heap, Math.Max(128, _heapCount * 2));
        var item = ((ulong)(uint)rank << 32) | (uint)at;
        var i = _heapCount++;
        while (i > 0)
        {
            var parent = (i - 1) >> 1;
            if (_heap[parent] <= item) break;
            _heap[i] = _heap[parent];
            i = parent;
        }

        _heap[i] = item;
    }

    private bool TryPop(out int rank, out int at)
    {
        if (_heapCount == 0)
        {
            rank = at = 0;
            return false;
        }

        var top = _heap[0];
        (rank, at) = ((int)(top >> 32), (int)(uint)top);
        var last = _heap[--_heapCount];
        var i = 0;
        while (true)
        {
            var child = (2 * i) + 1;
            if (child >= _heapCount) break;
            if (child + 1 < _heapCount && _heap[child + 1] < _heap[child]) child++;
            if (_heap[child] >= last) break;
            _heap[i] = _heap[child];
            i = child;
        }

        _heap[i] = last;
        return true;
    }

    /// <summary>Marks of the symbols that were merged into their left neighbour, in the array that the scan uses for ranks.</summary>
    private readonly ref struct DeadSymbols
    {
        private readonly Span<int> _marks;

        public DeadSymbols(Span<int> marks)
        {
            _marks = marks;
            marks.Clear();
        }

        public bool Contains(int at) => _marks[at] != 0;

        public void Add(int at) => _marks[at] = 1;
    }
}
