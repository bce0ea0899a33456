using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>A short training of low-rank corrections of the pruned sites, merged into their weights afterwards: what is left of the gradient, which the quadratic model takes to be 0.</summary>
/// <remarks>
/// Removed rows and columns get no correction: the row of B, or the column of A, that would bring them back stays 0. Of what it gives removed single weights, nothing is kept.
/// </remarks>
/// <param name="options">The options.</param>
/// <param name="source">The model that the run started from.</param>
/// <param name="model">The model as it is now; receives the corrections.</param>
/// <param name="sites">The sites that are pruned.</param>
/// <param name="tokens">[windows · length] to train on.</param>
/// <param name="length">Tokens of a window.</param>
internal sealed unsafe class FirstOrderCorrection(SurgeonOptions options, Model source, TrainableModel model, IReadOnlyList<LinearSite> sites, int[] tokens, int length)
{
    // α = 2r, as is usual: a correction of size 1 in B moves the weights by about twice A.
    private const float AlphaPerRank = 2;
    private int[] _order = [];

    /// <summary>Trains and merges.</summary>
    /// <param name="epochs">Times that all windows are seen.</param>
    /// <param name="seed">Seed of the corrections and of the order of the windows.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops it; the model is then as it was.</param>
    public void Run(int epochs, ulong seed, int threads, Action<double> progress, CancellationToken cancellation)
    {
        var lora = new LoraOptions { Rank = options.LoraRank, Alpha = AlphaPerRank * options.LoraRank };
        using var corrected = TrainableModel.From(source, new TrainableOptions { Lora = lora, Seed = seed });
        foreach (var site in sites)
        {
            model.Values(site.Weight).CopyTo(corrected.Values(site.Weight));
            if (site.HasBias) model.Values(site.Bias).CopyTo(corrected.Values(site.Bias));
        }

        using var engine = new GradientEngine(corrected, new GradientOptions { Threads = threads });
        using var optimizer = new AdamW(corrected.Tensors, new AdamWOptions { Beta2 = 0.999, WeightDecay = 0 }, engine.Pool);
        var masks = Masks(corrected);
        foreach (var (tensor, isRemoved) in masks) Clear(tensor, tensor.Values, isRemoved);
        var norm = new GradientNorm(corrected.Tensors);
        var windows = tokens.Length / length;
        var batch = Math.Clamp(options.BatchTokens / length, 1, windows);
        var perEpoch = (windows + batch - 1) / batch;
        var random = new SeededRandom(seed);
        for (var step = 0; step < epochs * perEpoch; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (step % perEpoch == 0) random.Shuffle(_order = [.. Enumerable.Range(0, windows)]);
            var part = _order.AsSpan(step % perEpoch * batch, Math.Min(batch, windows - step % perEpoch * batch));
            corrected.ClearGradients();
            Accumulate(engine, part);
            foreach (var (tensor, isRemoved) in masks) Clear(tensor, tensor.Gradient, isRemoved);
            // Linear from the full rate to 0.
            optimizer.Step(options.LoraLearningRate * (1 - (double)step / (epochs * perEpoch)), norm.Compute(engine.Pool));
            progress((step + 1.0) / (epochs * perEpoch));
        }

        foreach (var site in sites) Merge(corrected.Merged(site.Weight), model.Values(site.Weight));
    }

    private void Accumulate(GradientEngine engine, ReadOnlySpan<int> windows)
    {
        var inputs = new int[windows.Length * length];
        var targets = new int[inputs.Length];
        for (var i = 0; i < windows.Length; i++) tokens.AsSpan(windows[i] * length, length).CopyTo(inputs.AsSpan(i * length));
        for (var i = 0; i < inputs.Length; i++) targets[i] = (i + 1) % length == 0 ? -1 : inputs[i + 1];
        engine.Accumulate(inputs, targets, length, 1f / (windows.Length * (length - 1)));
    }

    // Columns of A and rows of B that have to stay 0; all rows of the B of a site that is not pruned.
    private List<(TrainableTensor Tensor, bool[] IsRemoved)> Masks(TrainableModel corrected)
    {
        var byName = sites.ToDictionary(site => site.Name);
        var masks = new List<(TrainableTensor, bool[])>();
        foreach (var tensor in corrected.Tensors)
        {
            var isDown = tensor.Name.EndsWith(".lora_A", StringComparison.Ordinal);
            if (!byName.TryGetValue(tensor.Name[..tensor.Name.LastIndexOf('.')], out var site))
            {
                if (!isDown) masks.Add((tensor, [.. Enumerable.Repeat(true, tensor.Rows)]));
                continue;
            }

            var weights = model.Values(site.Weight);
            var isRemoved = new bool[isDown ? site.Columns : site.Rows];
            Array.Fill(isRemoved, true);
            for (var i = 0; i < weights.Length; i++)
                if (weights[i] != 0) isRemoved[isDown ? i % site.Columns : i / site.Columns] = false;
            masks.Add((tensor, isRemoved));
        }

        return masks;
    }

    private static void Clear(TrainableTensor tensor, float* values, bool[] isRemoved)
    {
        var byRows = tensor.Name.EndsWith(".lora_B", StringComparison.Ordinal);
        for (var row = 0; row < tensor.Rows; row++)
            for (var column = 0; column < tensor.Columns; column++)
                if (isRemoved[byRows ? row : column]) values[(long)row * tensor.Columns + column] = 0;
    }

    private static void Merge(ReadOnlySpan<float> merged, Span<float> weights)
    {
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] != 0) weights[i] = merged[i];
    }
}
