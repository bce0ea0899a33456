using Pare.Models;

namespace Pare.Runtime;

/// <summary>Feed-forward networks whose weights are fetched from disk as far as they are needed.</summary>
internal sealed unsafe partial class BlockRunner
{
    /// <summary>Where the weights of the networks are fetched from, or null where they are in memory.</summary>
    public PagedNeurons? Paged { get; init; }

    /// <summary>Says which neurons the next block will need, or null; no result depends on it.</summary>
    public NeuronPrediction? Foresight { get; init; }

    /// <summary>All blocks; needed with <see cref="Foresight"/>.</summary>
    public IReadOnlyList<DecoderBlock> Blocks { get; init; } = [];

    private void RunPaged(DecoderBlock block, int index, Workspace work, float* x, int n)
    {
        var (paged, neurons) = (Paged!, block.Config.FfnSize);
        work.QuantizedInput!.Quantize(pool, x, n, block.Up!.Columns);
        var input = new LinearInput(x, work.QuantizedInput, n);
        paged.Begin(index);
        var predicts = Prediction?.Has(index) == true;
        if (predicts) Prediction!.Predict(pool, index, x, n);
        if (n == 1 && Skips)
        {
            RunFetched(block, index, work, input, predicts);
        }
        else
        {
            paged.NeedAll();
            // A prompt needs all of the next block, too; what is to fetch whole matrices on demand does so.
            if (Skips) paged.ForeseeAll(index + 1);
            if (block.Gate is not null) BytesRead += paged.Rows(pool, NeuronPart.Gate, input, block.Gate, work.Gate);
            BytesRead += paged.Rows(pool, NeuronPart.Up, input, block.Up, work.Up);
            Activate(index, block.Gate is null ? null : work.Gate, work.Up, n, neurons);
            if (predicts) Prediction!.Mask(index, work.Up, n);
        }

        work.QuantizedNeurons!.Quantize(pool, work.Up, n, neurons);
        BytesRead += paged.Down(pool, work.QuantizedNeurons, block.Down!, work.Added);
        Staged(index, ActivationSite.Down, work.Added, n, block.Down!.Rows);
    }

    // One token. Where nothing is predicted the first matrix is computed whole, and says what the others need.
    private void RunFetched(DecoderBlock block, int index, Workspace work, in LinearInput input, bool predicts)
    {
        var (paged, neurons) = (Paged!, block.Config.FfnSize);
        var isGated = block.Gate is not null;
        var predicted = predicts ? Prediction!.Factors(index) : null;
        if (predicts) BytesRead += Prediction!.Bytes(index);
        var (first, map) = isGated ? (NeuronPart.Gate, block.Gate!) : (NeuronPart.Up, block.Up!);
        var values = isGated ? work.Gate : work.Up;
        new Span<float>(values, neurons).Clear();
        paged.Choose(predicted);
        paged.Need(first);
        BytesRead += paged.Rows(pool, first, input, map, values);
        if (predicts) new Product(predicted, values, neurons).Execute(0, 0);
        if (isGated)
        {
            Staged(index, ActivationSite.Gate, work.Gate, 1, neurons);
            FfnActivation.Row(config.Activation, null, work.Gate, neurons);
            Staged(index, ActivationSite.Activation, work.Gate, 1, neurons);
            paged.Choose(work.Gate);
            paged.Need(NeuronPart.Up, NeuronPart.Down);
            Foresee(index + 1, work);
            new Span<float>(work.Up, neurons).Clear();
            BytesRead += paged.Rows(pool, NeuronPart.Up, input, block.Up!, work.Up);
            Staged(index, ActivationSite.Up, work.Up, 1, neurons);
            new Product(work.Gate, work.Up, neurons).Execute(0, 0);
            Staged(index, ActivationSite.Neurons, work.Up, 1, neurons);
            paged.Choose(work.Up);
        }
        else
        {
            Activate(index, null, work.Up, 1, neurons);
            paged.Choose(work.Up);
            paged.Need(NeuronPart.Down);
            Foresee(index + 1, work);
        }
    }

    // The stream changes little from block to block, so the next block's predictor is asked about it as it is here.
    private void Foresee(int next, Workspace work)
    {
        var paged = Paged!;
        if (next == Blocks.Count)
        {
            if (Prediction?.Has(0) != true) paged.ForeseeFirst(0);
            return;
        }

        var block = Blocks[next];
        if (!block.Config.HasFfn) return;
        var isPredicted = Prediction?.Has(next) == true;
        float* factors = null;
        if (Foresight?.Has(next) == true)
        {
            var x = paged.Normed;
            // What all blocks share is known behind the first; before, the stream as it is has to do for the second.
            if (Foresight.IsShared && next == 1) Foresight.Share(pool, work.Stream, 1);
            if ((block.FfnInputNorm ?? block.AttentionInputNorm) is { } norm) norm.Apply(work.Stream, x);
            else new ReadOnlySpan<float>(work.Stream, config.HiddenSize).CopyTo(new Span<float>(x, config.HiddenSize));
            Foresight.Predict(pool, next, x, 1);
            factors = Foresight.Factors(next);
        }

        if (factors is not null) paged.Foresee(next, factors, isPredicted);
        else paged.ForeseeFirst(next);
    }
}
