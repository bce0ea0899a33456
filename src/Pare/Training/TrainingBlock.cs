using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Training;

/// <summary>Forward and backward pass of one block over a batch, for every family: which norms there are decides where they act.</summary>
internal sealed unsafe class TrainingBlock(ModelGraph graph, LayerWork work)
{
    private readonly ModelConfig _config = graph.Config;

    /// <summary>Runs a block forward.</summary>
    /// <param name="block">Its parameters.</param>
    /// <param name="rope">Rotation of its queries and keys, or null.</param>
    /// <param name="tape">Room for what the backward pass needs.</param>
    /// <param name="batch">Sequences and temporary memory.</param>
    /// <param name="input">[n, hidden].</param>
    /// <param name="output">[n, hidden]; not the input.</param>
    public void Forward(BlockParameters block, RopeTable? rope, BlockTape tape, BatchMemory batch, float* input, float* output)
    {
        tape.Prepare(graph, block.Layer, batch.Tokens);
        var layer = block.Config;
        var middle = input;
        if (layer.HasAttention)
        {
            middle = layer.HasFfn ? tape.Middle : output;
            ForwardAttention(block, rope, tape, batch, Normed(block.AttentionInputNorm, input, tape.AttentionInput, batch.Tokens));
            Add(block.AttentionOutputNorm, block.AttentionResidualNorm, batch, input, tape.AttentionAdded, tape.RawMiddle, middle);
        }

        if (!layer.HasFfn)
        {
            if (!layer.HasAttention) new ReadOnlySpan<float>(input, batch.StreamLength).CopyTo(new Span<float>(output, batch.StreamLength));
            return;
        }

        var source = IsParallel(layer) ? input : middle;
        var ffnInput = Normed(block.FfnInputNorm, source, tape.FfnInput, batch.Tokens);
        if (block.Gate is not null) LinearLayer.Forward(work, block.Gate, ffnInput, batch.Tokens, tape.Gate);
        LinearLayer.Forward(work, block.Up!, ffnInput, batch.Tokens, tape.Up);
        ActivationLayer.Forward(work, _config.Activation, tape.Gate, tape.Up, (long)batch.Tokens * layer.FfnSize, tape.Activated);
        LinearLayer.Forward(work, block.Down!, tape.Activated, batch.Tokens, batch.Added);
        Add(block.FfnOutputNorm, block.FfnResidualNorm, batch, middle, tape.FfnAdded, tape.RawOutput, output);
    }

    /// <summary>Takes the gradient of a block's output back to its input, and adds the gradients of its parameters.</summary>
    /// <param name="block">Its parameters.</param>
    /// <param name="rope">Rotation of its queries and keys, or null.</param>
    /// <param name="tape">What <see cref="Forward"/> left.</param>
    /// <param name="batch">Sequences and temporary memory.</param>
    /// <param name="input">[n, hidden]: what the block read.</param>
    /// <param name="gradient">[n, hidden]: gradient of the output, turned into that of the input.</param>
    public void Backward(BlockParameters block, RopeTable? rope, BlockTape tape, BatchMemory batch, float* input, float* gradient)
    {
        var parallel = IsParallel(block.Config);
        if (block.Config.HasFfn)
        {
            var middle = block.Config.HasAttention ? tape.Middle : input;
            BackwardFfn(block, tape, batch, parallel ? input : middle, gradient, parallel ? batch.Aside : gradient);
        }

        if (!block.Config.HasAttention) return;
        BackOfAdd(block.AttentionOutputNorm, block.AttentionResidualNorm, batch, tape.AttentionAdded, tape.RawMiddle, gradient);
        // In a parallel block attention, too, sees the gradient as it came.
        if (parallel) VectorMath.Add(new ReadOnlySpan<float>(batch.Aside, batch.StreamLength), new Span<float>(gradient, batch.StreamLength));
        BackwardAttention(block, rope, tape, batch, input, gradient);
    }

    private bool IsParallel(LayerConfig layer) => _config.ParallelResidual && layer is { HasAttention: true, HasFfn: true };

    private AttentionShape Shape(LayerConfig layer, BatchMemory batch) => new()
    {
        Length = batch.Length,
        Sequences = batch.Sequences,
        Heads = layer.Heads,
        KeyValueHeads = layer.KeyValueHeads,
        HeadSize = layer.HeadSize,
        Scale = layer.AttentionScale,
        Softcap = _config.AttentionLogitSoftcap,
        SlidingWindow = layer.SlidingWindow ?? 0,
    };

    private float* Normed(NormParameters? norm, float* x, float* y, int n)
    {
        if (norm is null) return x;
        NormLayer.Forward(work, norm, x, n, y);
        return y;
    }

    private void ForwardAttention(BlockParameters block, RopeTable? rope, BlockTape tape, BatchMemory batch, float* input)
    {
        var (layer, n) = (block.Config, batch.Tokens);
        LinearLayer.Forward(work, block.Query!, input, n, block.QueryNorm is null ? tape.Queries : tape.RawQueries);
        LinearLayer.Forward(work, block.Key!, input, n, block.KeyNorm is null ? tape.Keys : tape.RawKeys);
        LinearLayer.Forward(work, block.Value!, input, n, tape.Values);
        if (block.QueryNorm is { } queryNorm) NormLayer.Forward(work, queryNorm, tape.RawQueries, n * (layer.QuerySize / queryNorm.Length), tape.Queries);
        if (block.KeyNorm is { } keyNorm) NormLayer.Forward(work, keyNorm, tape.RawKeys, n * (layer.KeyValueSize / keyNorm.Length), tape.Keys);
        if (rope is not null)
        {
            RopeLayer.Run(work, rope, tape.Queries, n, batch.Length, layer.Heads, layer.HeadSize, backward: false);
            RopeLayer.Run(work, rope, tape.Keys, n, batch.Length, layer.KeyValueHeads, layer.HeadSize, backward: false);
        }

        AttentionLayer.Forward(work, Shape(layer, batch), tape.Queries, tape.Keys, tape.Values, tape.Mixed, tape.LogSums);
        LinearLayer.Forward(work, block.Output!, tape.Mixed, n, batch.Added);
    }

    private void BackwardAttention(BlockParameters block, RopeTable? rope, BlockTape tape, BatchMemory batch, float* input, float* gradient)
    {
        var (layer, n) = (block.Config, batch.Tokens);
        LinearLayer.Backward(work, block.Output!, tape.Mixed, batch.Added, n, batch.MixedGradient, accumulate: false);
        AttentionLayer.Backward(work, Shape(layer, batch), tape.Queries, tape.Keys, tape.Values, tape.Mixed, tape.LogSums,
            batch.MixedGradient, batch.QueryGradient, batch.KeyGradient, batch.ValueGradient);
        if (rope is not null)
        {
            RopeLayer.Run(work, rope, batch.QueryGradient, n, batch.Length, layer.Heads, layer.HeadSize, backward: true);
            RopeLayer.Run(work, rope, batch.KeyGradient, n, batch.Length, layer.KeyValueHeads, layer.HeadSize, backward: true);
        }

        if (block.QueryNorm is { } queryNorm)
            NormLayer.Backward(work, queryNorm, tape.RawQueries, batch.QueryGradient, n * (layer.QuerySize / queryNorm.Length), batch.QueryGradient, accumulate: false);
        if (block.KeyNorm is { } keyNorm)
            NormLayer.Backward(work, keyNorm, tape.RawKeys, batch.KeyGradient, n * (layer.KeyValueSize / keyNorm.Length), batch.KeyGradient, accumulate: false);
        var norm = block.AttentionInputNorm;
        var x = norm is null ? input : tape.AttentionInput;
        var dx = norm is null ? gradient : batch.Added;
        LinearLayer.Backward(work, block.Value!, x, batch.ValueGradient, n, dx, accumulate: norm is null);
        LinearLayer.Backward(work, block.Key!, x, batch.KeyGradient, n, dx, accumulate: true);
        LinearLayer.Backward(work, block.Query!, x, batch.QueryGradient, n, dx, accumulate: true);
        if (norm is not null) NormLayer.Backward(work, norm, input, dx, n, gradient, accumulate: true);
    }

    // The gradient of what the network read goes to the target: added to the stream's own gradient, or alone where the target is set aside.
    private void BackwardFfn(BlockParameters block, BlockTape tape, BatchMemory batch, float* source, float* gradient, float* target)
    {
        var n = batch.Tokens;
        BackOfAdd(block.FfnOutputNorm, block.FfnResidualNorm, batch, tape.FfnAdded, tape.RawOutput, gradient);
        LinearLayer.Backward(work, block.Down!, tape.Activated, batch.Added, n, batch.UpGradient, accumulate: false);
        ActivationLayer.Backward(work, _config.Activation, tape.Gate, tape.Up, batch.UpGradient, (long)n * block.Config.FfnSize, batch.GateGradient, batch.UpGradient);
        var norm = block.FfnInputNorm;
        var x = norm is null ? source : tape.FfnInput;
        var dx = norm is null ? target : batch.Added;
        LinearLayer.Backward(work, block.Up!, x, batch.UpGradient, n, dx, accumulate: norm is null && target == gradient);
        if (block.Gate is not null) LinearLayer.Backward(work, block.Gate, x, batch.GateGradient, n, dx, accumulate: true);
        if (norm is not null) NormLayer.Backward(work, norm, source, dx, n, target, accumulate: target == gradient);
    }

    // stream = residualNorm(base + multiplier · outputNorm(added)); what was added lies in the batch's memory.
    private void Add(NormParameters? outputNorm, NormParameters? residualNorm, BatchMemory batch, float* from, float* addedKept, float* rawKept, float* stream)
    {
        var added = batch.Added;
        if (outputNorm is not null)
        {
            new ReadOnlySpan<float>(added, batch.StreamLength).CopyTo(new Span<float>(addedKept, batch.StreamLength));
            NormLayer.Forward(work, outputNorm, addedKept, batch.Tokens, added);
        }

        var sum = residualNorm is null ? stream : rawKept;
        work.Pool.For(ColumnSums.Parts(batch.Tokens), new AddRows(from, added, sum, _config.ResidualMultiplier, _config.HiddenSize, batch.Tokens));
        if (residualNorm is not null) NormLayer.Forward(work, residualNorm, rawKept, batch.Tokens, stream);
    }

    // Leaves the gradient of what was added in the batch's memory, and that of the base in the gradient itself.
    private void BackOfAdd(NormParameters? outputNorm, NormParameters? residualNorm, BatchMemory batch, float* addedKept, float* rawKept, float* gradient)
    {
        if (residualNorm is not null) NormLayer.Backward(work, residualNorm, rawKept, gradient, batch.Tokens, gradient, accumulate: false);
        var added = new Span<float>(batch.Added, batch.StreamLength);
        new ReadOnlySpan<float>(gradient, batch.StreamLength).CopyTo(added);
        if (_config.ResidualMultiplier != 1) VectorMath.Scale(added, _config.ResidualMultiplier);
        if (outputNorm is not null) NormLayer.Backward(work, outputNorm, addedKept, batch.Added, batch.Tokens, batch.Added, accumulate: false);
    }

    private readonly struct AddRows(float* from, float* added, float* sum, float multiplier, int width, int n) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var start = (long)part * ColumnSums.RowsPerPart * width;
            var length = Math.Min(ColumnSums.RowsPerPart, n - part * ColumnSums.RowsPerPart) * width;
            var target = new Span<float>(sum + start, length);
            new ReadOnlySpan<float>(from + start, length).CopyTo(target);
            var addition = new ReadOnlySpan<float>(added + start, length);
            if (multiplier == 1) VectorMath.Add(addition, target);
            else VectorMath.Axpy(multiplier, addition, target);
        }
    }
}
