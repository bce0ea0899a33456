using Pare.Numerics;

namespace Pare.Training;

/// <summary>How attention is cut into blocks of queries, and where the pieces of a block lie.</summary>
/// <remarks>Rows of a block: token-major, the query heads of the group side by side.</remarks>
internal unsafe struct AttentionTiles
{
    private readonly int _tokens;
    private readonly long _scoreLength;
    private readonly long _queryLength;
    private readonly int _scoreTiles;

    public AttentionTiles(AttentionShape shape, int tokensPerBlock, int scoreTiles)
    {
        Shape = shape;
        _tokens = tokensPerBlock;
        _scoreTiles = scoreTiles;
        Blocks = (shape.Length + tokensPerBlock - 1) / tokensPerBlock;
        var rows = tokensPerBlock * shape.Group;
        var keys = shape.SlidingWindow == 0 ? shape.Length : Math.Min(shape.Length, shape.SlidingWindow + tokensPerBlock);
        _scoreLength = Align((long)rows * keys);
        _queryLength = Align((long)rows * shape.HeadSize);
        var gemm = Math.Max(Gemm.SerialScratchLength(rows, keys, shape.HeadSize), Gemm.SerialScratchLength(rows, shape.HeadSize, keys));
        gemm = Math.Max(gemm, Gemm.SerialScratchLength(keys, shape.HeadSize, rows));
        ScratchLength = scoreTiles * _scoreLength + 3 * _queryLength + Align(gemm);
    }

    public AttentionShape Shape { get; }

    /// <summary>Blocks of queries of a sequence.</summary>
    public int Blocks { get; }

    /// <summary>Floats of scratch memory of a worker.</summary>
    public long ScratchLength { get; }

    public float* Scratch { get; set; }

    public readonly Workspace Memory(int worker)
    {
        var scores = Scratch + worker * ScratchLength;
        var queries = scores + _scoreTiles * _scoreLength;
        return new Workspace
        {
            Scores = scores,
            Slopes = scores + _scoreLength,
            Queries = queries,
            Outputs = queries + _queryLength,
            OutputGradients = queries + 2 * _queryLength,
            Gemm = queries + 3 * _queryLength,
        };
    }

    /// <summary>A block of the queries of a key-value head of a sequence.</summary>
    public readonly QueryBlock Block(int headOfSequence, int index)
    {
        var (sequence, head) = Math.DivRem(headOfSequence, Shape.KeyValueHeads);
        var first = index * _tokens;
        var tokens = Math.Min(_tokens, Shape.Length - first);
        var begin = Shape.FirstKey(first);
        return new QueryBlock(sequence, head, first, tokens, tokens * Shape.Group, begin, first + tokens - begin);
    }

    /// <summary>Copies the block's queries (or what is laid out like them) together.</summary>
    public readonly void Gather(in QueryBlock block, float* source, float* rows)
    {
        var width = Shape.Group * Shape.HeadSize;
        for (var t = 0; t < block.Tokens; t++) new ReadOnlySpan<float>(QueryRow(block, source, t), width).CopyTo(new Span<float>(rows + (long)t * width, width));
    }

    /// <summary>The way back of <see cref="Gather"/>.</summary>
    public readonly void Scatter(in QueryBlock block, float* rows, float* target)
    {
        var width = Shape.Group * Shape.HeadSize;
        for (var t = 0; t < block.Tokens; t++) new ReadOnlySpan<float>(rows + (long)t * width, width).CopyTo(new Span<float>(QueryRow(block, target, t), width));
    }

    /// <summary>The first key (or value) that the block sees.</summary>
    public readonly float* KeyRow(in QueryBlock block, float* keys) =>
        keys + ((long)block.Sequence * Shape.Length + block.FirstKey) * Shape.KeyValueSize + block.Head * Shape.HeadSize;

    /// <summary>Clears a key-value head of a sequence.</summary>
    public readonly void ClearHead(int headOfSequence, float* keys)
    {
        var (sequence, head) = Math.DivRem(headOfSequence, Shape.KeyValueHeads);
        var row = keys + (long)sequence * Shape.Length * Shape.KeyValueSize + head * Shape.HeadSize;
        for (var t = 0; t < Shape.Length; t++) new Span<float>(row + (long)t * Shape.KeyValueSize, Shape.HeadSize).Clear();
    }

    /// <summary>The scores of a row that the mask leaves; the others of the row are set to 0.</summary>
    public readonly Span<float> Seen(in QueryBlock block, int row, float* scores)
    {
        var position = block.First + row / Shape.Group;
        var all = new Span<float>(scores + (long)row * block.Keys, block.Keys);
        var from = Shape.FirstKey(position) - block.FirstKey;
        var end = position + 1 - block.FirstKey;
        all[..from].Clear();
        all[end..].Clear();
        return all[from..end];
    }

    /// <summary>Where ln Σ e^score of a row is kept.</summary>
    public readonly long LogSumIndex(in QueryBlock block, int row)
    {
        var (token, head) = Math.DivRem(row, Shape.Group);
        return ((long)block.Sequence * Shape.Length + block.First + token) * Shape.Heads + block.Head * Shape.Group + head;
    }

    private readonly float* QueryRow(in QueryBlock block, float* source, int token) =>
        source + ((long)block.Sequence * Shape.Length + block.First + token) * Shape.QuerySize + block.Head * Shape.Group * Shape.HeadSize;

    private static long Align(long length) => (length + 15) / 16 * 16;

    /// <summary>Tokens <see cref="First"/> … of a sequence for one key-value head, and the keys that any of them sees.</summary>
    public readonly record struct QueryBlock(int Sequence, int Head, int First, int Tokens, int Rows, int FirstKey, int Keys);

    /// <summary>Scratch memory of a worker.</summary>
    public struct Workspace
    {
        public float* Scores;
        public float* Slopes;
        public float* Queries;
        public float* Outputs;
        public float* OutputGradients;
        public float* Gemm;
    }
}
