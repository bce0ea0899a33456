using Pare.Numerics;

namespace Pare.Training;

/// <summary>Causal attention over a batch of sequences, and its derivatives, in blocks of queries: memory is linear in the window.</summary>
/// <remarks>
/// The forward pass keeps ln Σ e^score of every query; the backward pass makes the probabilities again from it (Dao et al. 2022, arXiv 2205.14135).
/// With P the probabilities, S the capped scores, O the output: dV = Pᵀ·dO, dS = P∘(dO·Vᵀ − rowsum(dO∘O)), dQ = scale·dS·K, dK = scale·dSᵀ·Q;
/// a cap multiplies dS by 1 − (S/c)². A part of the work owns a key-value head of a sequence, so sums do not depend on the number of threads.
/// </remarks>
internal static unsafe class AttentionLayer
{
    /// <summary>Rows of scores (tokens · query heads of the group) that a block of queries aims at.</summary>
    private const int RowsPerBlock = 96;

    /// <summary>output = softmax(scale·q·kᵀ, masked)·v.</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="shape">Heads, sequences and mask.</param>
    /// <param name="q">[sequences · length, heads · head size].</param>
    /// <param name="k">[sequences · length, key-value heads · head size].</param>
    /// <param name="v">The same shape.</param>
    /// <param name="output">The shape of <paramref name="q"/>.</param>
    /// <param name="logSums">[sequences · length, heads]: ln Σ e^score.</param>
    public static void Forward(LayerWork work, in AttentionShape shape, float* q, float* k, float* v, float* output, float* logSums)
    {
        var body = new ForwardBlock(Prepare(work, shape, scoreTiles: 1), q, k, v, output, logSums);
        work.Pool.For(shape.Sequences * shape.KeyValueHeads * body.Tiles.Blocks, body);
    }

    /// <summary>Gradients of queries, keys and values.</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="shape">Heads, sequences and mask.</param>
    /// <param name="q">What <see cref="Forward"/> read.</param>
    /// <param name="k">The same.</param>
    /// <param name="v">The same.</param>
    /// <param name="output">What it gave.</param>
    /// <param name="logSums">What it gave.</param>
    /// <param name="dOutput">Gradient of the output.</param>
    /// <param name="dq">Gradient of the queries; overwritten.</param>
    /// <param name="dk">Gradient of the keys; overwritten.</param>
    /// <param name="dv">Gradient of the values; overwritten.</param>
    public static void Backward(
        LayerWork work, in AttentionShape shape, float* q, float* k, float* v, float* output, float* logSums, float* dOutput, float* dq, float* dk, float* dv)
    {
        var body = new BackwardHead(Prepare(work, shape, scoreTiles: 2), q, k, v, output, logSums, dOutput, dq, dk, dv);
        work.Pool.For(shape.Sequences * shape.KeyValueHeads, body);
    }

    private static AttentionTiles Prepare(LayerWork work, AttentionShape shape, int scoreTiles)
    {
        var tiles = new AttentionTiles(shape, Math.Clamp(RowsPerBlock / shape.Group, 1, shape.Length), scoreTiles);
        tiles.Scratch = work.Floats(LayerWork.AttentionTiles, tiles.ScratchLength * work.Pool.Threads);
        return tiles;
    }

    private readonly struct ForwardBlock(AttentionTiles tiles, float* q, float* k, float* v, float* output, float* logSums) : IParallelBody
    {
        public AttentionTiles Tiles => tiles;

        public void Execute(int part, int worker)
        {
            var shape = tiles.Shape;
            // Late blocks first: they see the most keys.
            var block = tiles.Block(part % (shape.Sequences * shape.KeyValueHeads), tiles.Blocks - 1 - part / (shape.Sequences * shape.KeyValueHeads));
            var memory = tiles.Memory(worker);
            var size = shape.HeadSize;
            tiles.Gather(block, q, memory.Queries);
            Gemm.MultiplySerial(false, true, block.Rows, block.Keys, size, shape.Scale, memory.Queries, size, tiles.KeyRow(block, k), shape.KeyValueSize, 0, memory.Scores, block.Keys, memory.Gemm);
            for (var row = 0; row < block.Rows; row++)
            {
                var seen = tiles.Seen(block, row, memory.Scores);
                if (shape.Softcap != 0) VectorMath.Softcap(seen, shape.Softcap);
                logSums[tiles.LogSumIndex(block, row)] = (float)VectorMath.SoftmaxLogSum(seen);
            }

            Gemm.MultiplySerial(false, false, block.Rows, size, block.Keys, 1, memory.Scores, block.Keys, tiles.KeyRow(block, v), shape.KeyValueSize, 0, memory.Outputs, size, memory.Gemm);
            tiles.Scatter(block, memory.Outputs, output);
        }
    }

    private readonly struct BackwardHead(
        AttentionTiles tiles, float* q, float* k, float* v, float* output, float* logSums, float* dOutput, float* dq, float* dk, float* dv) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var memory = tiles.Memory(worker);
            tiles.ClearHead(part, dk);
            tiles.ClearHead(part, dv);
            for (var i = 0; i < tiles.Blocks; i++) Run(tiles.Block(part, i), memory);
        }

        private void Run(in AttentionTiles.QueryBlock block, in AttentionTiles.Workspace memory)
        {
            var shape = tiles.Shape;
            var (size, keys, rows, stride) = (shape.HeadSize, block.Keys, block.Rows, shape.KeyValueSize);
            tiles.Gather(block, q, memory.Queries);
            tiles.Gather(block, dOutput, memory.OutputGradients);
            tiles.Gather(block, output, memory.Outputs);
            Gemm.MultiplySerial(false, true, rows, keys, size, shape.Scale, memory.Queries, size, tiles.KeyRow(block, k), stride, 0, memory.Scores, keys, memory.Gemm);
            Gemm.MultiplySerial(false, true, rows, keys, size, 1, memory.OutputGradients, size, tiles.KeyRow(block, v), stride, 0, memory.Slopes, keys, memory.Gemm);
            for (var row = 0; row < rows; row++)
            {
                var of = new ReadOnlySpan<float>(memory.Outputs + (long)row * size, size);
                var delta = VectorMath.Dot(of, new ReadOnlySpan<float>(memory.OutputGradients + (long)row * size, size));
                var scores = tiles.Seen(block, row, memory.Scores);
                var slopes = tiles.Seen(block, row, memory.Slopes);
                if (shape.Softcap != 0) VectorMath.Softcap(scores, shape.Softcap);
                VectorMath.SoftmaxBackward(scores, slopes, logSums[tiles.LogSumIndex(block, row)], delta, shape.Softcap);
            }

            Gemm.MultiplySerial(true, false, keys, size, rows, 1, memory.Scores, keys, memory.OutputGradients, size, 1, tiles.KeyRow(block, dv), stride, memory.Gemm);
            Gemm.MultiplySerial(false, false, rows, size, keys, shape.Scale, memory.Slopes, keys, tiles.KeyRow(block, k), stride, 0, memory.Outputs, size, memory.Gemm);
            tiles.Scatter(block, memory.Outputs, dq);
            Gemm.MultiplySerial(true, false, keys, size, rows, shape.Scale, memory.Slopes, keys, memory.Queries, size, 1, tiles.KeyRow(block, dk), stride, memory.Gemm);
        }
    }
}
