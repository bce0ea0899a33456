using System.Numerics.Tensors;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The forward pass of one block, for every family: which norms there are decides where they act.</summary>
internal sealed unsafe partial class BlockRunner(ModelConfig config, ComputePool pool)
{
    /// <summary>Sees the inputs of the linear maps, or null. Only for blocks that are not packed.</summary>
    public IInputObserver? Observer { get; init; }

    /// <summary>Acts on activations on their way, or null.</summary>
    public IActivationStage? Stage { get; init; }

    /// <summary>Predicts neurons, or null.</summary>
    public NeuronPrediction? Prediction { get; init; }

    /// <summary>Whether maps leave out weights, so that what they read is counted.</summary>
    public bool Skips { get; init; }

    /// <summary>Bytes of the blocks' weights that single tokens have read, and how many tokens; counted where <see cref="Skips"/>.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Tokens that <see cref="BytesRead"/> is of.</summary>
    public long TokensRead { get; private set; }

    /// <summary>Forgets both.</summary>
    public void ResetBytes() => (BytesRead, TokensRead) = (0, 0);

    /// <summary>Runs a block over the stream of the workspace: rows of it belong to the sequences in order.</summary>
    public void Run(DecoderBlock block, int index, ReadOnlySpan<SequenceRows> sequences, Workspace work, int n)
    {
        if (Skips && n == 1 && index == 0) TokensRead++;
        var parallel = config.ParallelResidual && block.Config is { HasAttention: true, HasFfn: true };
        if (block.Config.HasAttention)
        {
            var input = Staged(index, ActivationSite.AttentionInput, Normed(block.AttentionInputNorm, work, n), work, n);
            RunAttention(block, index, sequences, work, input, n);
            // In a parallel block the network reads the stream as it was before attention is added.
            // Where both read one norm's output, a stage may have changed it.
            if (parallel) (block.FfnInputNorm ?? (Stage is null ? null : block.AttentionInputNorm))?.Apply(pool, work.Stream, n, work.Normed);
            AddToStream(block.AttentionShortcut, block.AttentionOutputNorm, block.AttentionResidualNorm, work, n);
        }

        if (!block.Config.HasFfn) return;
        var ffnInput = parallel ? work.Normed : Normed(block.FfnInputNorm, work, n);
        RunNetwork(block, index, work, Staged(index, ActivationSite.FfnInput, ffnInput, work, n), n);
        AddToStream(block.FfnShortcut, block.FfnOutputNorm, block.FfnResidualNorm, work, n);
    }

    private void RunNetwork(DecoderBlock block, int index, Workspace work, float* x, int n)
    {
        var (gate, up, down) = (block.Gate, block.Up!, block.Down!);
        Observer?.Observe(SiteInput.Ffn, x, n, up.Columns);
        if (Paged is not null)
        {
            RunPaged(block, index, work, x, n);
            return;
        }

        var input = Input(work, x, n, gate, up, null);
        if (Stage is null && up.IsPacked && down.IsPacked && gate is null or { IsPacked: true })
        {
            GatedPass.Run(pool, config.Activation, input, gate, up, work.Gate, work.Up, work.QuantizedNeurons!);
            down.Multiply(pool, new LinearInput(work.Up, work.QuantizedNeurons, n), work.Added);
            return;
        }

        var predicts = Prediction?.Has(index) == true;
        if (predicts) Prediction!.Predict(pool, index, x, n);
        if (n == 1 && up.HasRowGroups && (gate is null ? predicts : !predicts || gate.HasRowGroups))
        {
            RunActive(block, index, work, input, predicts);
        }
        else
        {
            Multiply(input, up, work.Up, gate, work.Gate, null, null);
            Activate(index, gate is null ? null : work.Gate, work.Up, n, block.Config.FfnSize);
            if (predicts) Prediction!.Mask(index, work.Up, n);
        }

        Observer?.Observe(SiteInput.Neurons, work.Up, n, down.Columns);
        down.Multiply(pool, work.Up, n, work.Added, work.QuantizedNeurons);
        Count(down, new LinearInput(work.Up, work.QuantizedNeurons, n));
        Staged(index, ActivationSite.Down, work.Added, n, down.Rows);
    }

    // One token: of gate only the groups of rows that were predicted, of up only those whose gate is open; without a gate those of up that were predicted.
    private void RunActive(DecoderBlock block, int index, Workspace work, in LinearInput input, bool predicts)
    {
        var (gate, up, neurons) = (block.Gate, block.Up!, block.Config.FfnSize);
        var predicted = predicts ? Prediction!.Factors(index) : null;
        if (predicts && Skips) BytesRead += Prediction!.Bytes(index);
        new Span<float>(work.Up, neurons).Clear();
        if (gate is null)
        {
            BytesRead += RowGroupPass.Run(pool, input, up, predicted, work.Up);
            // Groups of rows that a matrix keeps together may be longer than those that are predicted.
            new Product(predicted, work.Up, neurons).Execute(0, 0);
            Activate(index, null, work.Up, 1, neurons);
            return;
        }

        if (predicts)
        {
            new Span<float>(work.Gate, neurons).Clear();
            BytesRead += RowGroupPass.Run(pool, input, gate, predicted, work.Gate);
            new Product(predicted, work.Gate, neurons).Execute(0, 0);
        }
        else
        {
            gate.Multiply(pool, input, work.Gate);
            Count(gate, input);
        }

        Staged(index, ActivationSite.Gate, work.Gate, 1, neurons);
        FfnActivation.Row(config.Activation, null, work.Gate, neurons);
        Staged(index, ActivationSite.Activation, work.Gate, 1, neurons);
        BytesRead += RowGroupPass.Run(pool, input, up, work.Gate, work.Up);
        Staged(index, ActivationSite.Up, work.Up, 1, neurons);
        new Product(work.Gate, work.Up, neurons).Execute(0, 0);
        Staged(index, ActivationSite.Neurons, work.Up, 1, neurons);
    }

    private void Count(Linear map, in LinearInput input)
    {
        if (Skips && input.Tokens == 1) BytesRead += map.BytesRead(input);
    }

    // up ← act(gate) · up or act(up), with what the stage does on the way.
    private void Activate(int index, float* gate, float* up, int n, int neurons)
    {
        if (gate is not null) Staged(index, ActivationSite.Gate, gate, n, neurons);
        Staged(index, ActivationSite.Up, up, n, neurons);
        if (gate is not null && Stage?.Acts(index, ActivationSite.Activation) == true)
        {
            FfnActivation.Run(pool, config.Activation, null, gate, n, neurons);
            Stage.Apply(index, ActivationSite.Activation, gate, n, neurons);
            pool.For(n, new Product(gate, up, neurons));
        }
        else
        {
            FfnActivation.Run(pool, config.Activation, gate, up, n, neurons);
        }

        Staged(index, ActivationSite.Neurons, up, n, neurons);
    }

    private void Staged(int index, ActivationSite site, float* values, int n, int channels)
    {
        if (Stage?.Acts(index, site) == true) Stage.Apply(index, site, values, n, channels);
    }

    // The stream itself stays as it is where no norm stands before the maps.
    private float* Staged(int index, ActivationSite site, float* input, Workspace work, int n)
    {
        if (Stage?.Acts(index, site) != true) return input;
        var count = checked(n * config.HiddenSize);
        if (input == work.Stream) new ReadOnlySpan<float>(work.Stream, count).CopyTo(new Span<float>(work.Normed, count));
        Stage.Apply(index, site, work.Normed, n, config.HiddenSize);
        return work.Normed;
    }

    // Quantizes what at least one of the maps reads so.
    private LinearInput Input(Workspace work, float* x, int n, Linear? first, Linear second, Linear? third)
    {
        if (second.IsPacked || first is { IsPacked: true } || third is { IsPacked: true }) work.QuantizedInput!.Quantize(pool, x, n, second.Columns);
        return new LinearInput(x, work.QuantizedInput, n);
    }

    // Maps of one input: together where all of them can be cut into parts.
    private void Multiply(in LinearInput input, Linear first, float* y1, Linear? second, float* y2, Linear? third, float* y3)
    {
        var n = input.Tokens;
        if (first.RunsInParts(n) && second?.RunsInParts(n) != false && third?.RunsInParts(n) != false)
        {
            LinearPass.Run(pool, input, first, y1, second, y2, third, y3);
        }
        else
        {
            first.Multiply(pool, input, y1);
            second?.Multiply(pool, input, y2);
            third?.Multiply(pool, input, y3);
        }

        Count(first, input);
        if (second is not null) Count(second, input);
        if (third is not null) Count(third, input);
    }

    private float* Normed(NormWeights? norm, Workspace work, int n)
    {
        if (norm is null) return work.Stream;
        norm.Apply(pool, work.Stream, n, work.Normed);
        return work.Normed;
    }

    private void RunAttention(DecoderBlock block, int index, ReadOnlySpan<SequenceRows> sequences, Workspace work, float* input, int n)
    {
        var (query, key, value) = (block.Query!, block.Key!, block.Value!);
        Observer?.Observe(SiteInput.Attention, input, n, query.Columns);
        Multiply(Input(work, input, n, query, key, value), query, work.Queries, key, work.Keys, value, work.Values);
        var first = 0;
        foreach (var sequence in sequences)
        {
            Attend(block, index, sequence, work, first);
            first += sequence.Count;
        }

        Staged(index, ActivationSite.AttentionValues, work.Mixed, n, block.Output!.Columns);
        Observer?.Observe(SiteInput.AttentionValues, work.Mixed, n, block.Output!.Columns);
        block.Output!.Multiply(pool, work.Mixed, n, work.Added, work.QuantizedInput);
        Count(block.Output, new LinearInput(work.Mixed, work.QuantizedInput, n));
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

    private void AddToStream(Linear? shortcut, NormWeights? outputNorm, NormWeights? residualNorm, Workspace work, int n)
    {
        if (shortcut is not null)
        {
            shortcut.Multiply(pool, work.Stream, n, work.Turned, work.QuantizedInput);
            new ReadOnlySpan<float>(work.Turned, checked(n * config.HiddenSize)).CopyTo(new Span<float>(work.Stream, n * config.HiddenSize));
        }

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
                if (layer.RotaryPairs is { } pairs)
                {
                    rope.Apply(q, layer.Heads, layer.HeadSize, start + part, pairs, layer.Heads / layer.KeyValueHeads);
                    rope.Apply(k, layer.KeyValueHeads, layer.HeadSize, start + part, pairs, 1);
                }
                else
                {
                    rope.Apply(q, layer.Heads, layer.HeadSize, start + part);
                    rope.Apply(k, layer.KeyValueHeads, layer.HeadSize, start + part);
                }
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

    private readonly struct Product(float* factor, float* values, int size) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = new Span<float>(values + (long)part * size, size);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(factor + (long)part * size, size), row, row);
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
