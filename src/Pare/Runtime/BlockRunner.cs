using System.Numerics.Tensors;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The forward pass of one block, for every family: which norms there are decides where they act.</summary>
internal sealed unsafe class BlockRunner(ModelConfig config, ComputePool pool)
{
    /// <summary>Runs a block over the stream of the workspace: rows of it belong to the sequences in order.</summary>
    public void Run(DecoderBlock block, int index, ReadOnlySpan<SequenceRows> sequences, Workspace work, int n)
    {
        var parallel = config.ParallelResidual && block.Config is { HasAttention: true, HasFfn: true };
        if (block.Config.HasAttention)
        {
            var input = Normed(block.AttentionInputNorm, work, n);
            RunAttention(block, index, sequences, work, input, n);
            // In a parallel block the network reads the stream as it was before attention is added.
            if (parallel) block.FfnInputNorm?.Apply(pool, work.Stream, n, work.Normed);
            AddToStream(block.AttentionOutputNorm, block.AttentionResidualNorm, work, n);
        }

        if (!block.Config.HasFfn) return;
        var ffnInput = parallel ? work.Normed : Normed(block.FfnInputNorm, work, n);
        block.Gate?.Multiply(pool, ffnInput, n, work.Gate);
        block.Up!.Multiply(pool, ffnInput, n, work.Up);
        FfnActivation.Run(pool, config.Activation, block.Gate is null ? null : work.Gate, work.Up, n, block.Config.FfnSize);
        block.Down!.Multiply(pool, work.Up, n, work.Added);
        AddToStream(block.FfnOutputNorm, block.FfnResidualNorm, work, n);
    }

    private float* Normed(NormWeights? norm, Workspace work, int n)
    {
        if (norm is null) return work.Stream;
        norm.Apply(pool, work.Stream, n, work.Normed);
        return work.Normed;
    }

    private void RunAttention(DecoderBlock block, int index, ReadOnlySpan<SequenceRows> sequences, Workspace work, float* input, int n)
    {
        block.Query!.Multiply(pool, input, n, work.Queries);
        block.Key!.Multiply(pool, input, n, work.Keys);
        block.Value!.Multiply(pool, input, n, work.Values);
        var first = 0;
        foreach (var sequence in sequences)
        {
            Attend(block, index, sequence, work, first);
            first += sequence.Count;
        }

        block.Output!.Multiply(pool, work.Mixed, n, work.Added);
    }

    private void Attend(DecoderBlock block, int index, SequenceRows sequence, Workspace work, int first)
    {
        var (cache, n) = (sequence.Cache, sequence.Count);
        var prepare = new Prepare(block, index, cache, work, first, cache.Length);
        if (n == 1) prepare.Execute(0, 0);
        else pool.For(n, prepare);
        var queries = work.Queries + (long)first * block.Config.QuerySize;
        var mixed = work.Mixed + (long)first * block.Config.QuerySize;
        if (n <= DecodeAttention.MostTokens)
            DecodeAttention.Run(pool, block.Config, config.AttentionLogitSoftcap, cache, index, queries, n, cache.Length, mixed);
        else
            Attention.Run(pool, block.Config, config.AttentionLogitSoftcap, cache, index, queries, n, cache.Length, mixed);
    }

    private void AddToStream(NormWeights? outputNorm, NormWeights? residualNorm, Workspace work, int n)
    {
        outputNorm?.Apply(pool, work.Added, n, work.Added);
        var add = new Add(work, config.HiddenSize, config.ResidualMultiplier);
        if (n == 1) add.Execute(0, 0);
        else pool.For(n, add);
        residualNorm?.Apply(pool, work.Stream, n, work.Stream);
    }

    // Norms and rotates one token's queries and keys and puts keys and values into the cache.
    private readonly struct Prepare(DecoderBlock block, int index, KvCache cache, Workspace work, int first, int start) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var layer = block.Config;
            var q = work.Queries + (long)(first + part) * layer.QuerySize;
            var k = work.Keys + (long)(first + part) * layer.KeyValueSize;
            var v = work.Values + (long)(first + part) * layer.KeyValueSize;
            Norm(block.QueryNorm, q, layer.QuerySize);
            Norm(block.KeyNorm, k, layer.KeyValueSize);
            if (cache.Rope(index) is { } rope)
            {
                rope.Apply(q, layer.Heads, layer.HeadSize, start + part);
                rope.Apply(k, layer.KeyValueHeads, layer.HeadSize, start + part);
            }

            for (var head = 0; head < layer.KeyValueHeads; head++)
                cache.Store(index, head, start + part, k + head * layer.HeadSize, v + head * layer.HeadSize);
        }

        // A norm as long as a head acts on each head, one as long as the vector on all of it.
        private static void Norm(NormWeights? norm, float* vector, int length)
        {
            if (norm is null) return;
            for (var i = 0; i < length; i += norm.Length) norm.Apply(vector + i, vector + i);
        }
    }

    private readonly struct Add(Workspace work, int size, float multiplier) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var stream = new Span<float>(work.Stream + (long)part * size, size);
            var added = new Span<float>(work.Added + (long)part * size, size);
            if (multiplier != 1) VectorMath.Scale(added, multiplier);
            TensorPrimitives.Add(stream, added, stream);
        }
    }
}
