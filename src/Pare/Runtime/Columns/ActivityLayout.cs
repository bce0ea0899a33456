using Pare.Models;

namespace Pare.Runtime;

/// <summary>Chooses how a model's matrices are laid down so that zeros among its activations save reading.</summary>
internal static class ActivityLayout
{
    // Groups of eight rows are what up can leave out without losing the memory's speed.
    private const int RowsTogether = 8;

    // Where nothing says how many: what ReLU commonly has, and what a search for a loss commonly finds.
    private const double UsualOfRelu = 0.8;
    private const double UsualOfSearch = 0.7;

    /// <summary>Says it to the blocks' maps.</summary>
    /// <param name="config">The model.</param>
    /// <param name="sparsity">Its thresholds, or null.</param>
    /// <param name="blocks">Its blocks, not packed yet.</param>
    /// <param name="predicts">Whether neurons are predicted.</param>
    /// <param name="always">Whether weights are left out also where that is not faster, as where they lie on disk.</param>
    /// <returns>Whether any map leaves out weights.</returns>
    public static bool Choose(ModelConfig config, ActivationSparsity? sparsity, IReadOnlyList<DecoderBlock> blocks, bool predicts, bool always)
    {
        var any = false;
        var isCached = blocks.Sum(block => block.WeightBytes) <= ColumnGain.CachedBytes;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (Has(i, ActivationSite.AttentionInput)) Columns(Zeros(i, ActivationSite.AttentionInput), block.Query, block.Key, block.Value);
            if (Has(i, ActivationSite.AttentionValues)) Columns(Zeros(i, ActivationSite.AttentionValues), block.Output);
            if (Has(i, ActivationSite.FfnInput)) Columns(Zeros(i, ActivationSite.FfnInput), block.Gate, block.Up);
            var isGated = Has(i, ActivationSite.Gate) || Has(i, ActivationSite.Activation);
            if (isGated || Has(i, ActivationSite.Up) || Has(i, ActivationSite.Neurons) || config.Activation == ActivationKind.Relu) Columns(OfNeurons(i), block.Down);
            var isPredicted = predicts && sparsity!.Predictor(i) is not null;
            if (isPredicted && !Has(i, ActivationSite.FfnInput)) Prefer(WeightLayout.RowGroups, block.Gate);
            if ((isGated || isPredicted) && !Has(i, ActivationSite.FfnInput) && sparsity!.Group % RowsTogether == 0) Prefer(WeightLayout.RowGroups, block.Up);
        }

        return any;

        bool Has(int layer, ActivationSite site) => sparsity?[layer, site] is not null;

        double Zeros(int layer, ActivationSite site) => sparsity?[layer, site] is not { } threshold ? 0 : threshold.Kept is { } kept ? 1 - kept : sparsity.Level ?? UsualOfSearch;

        // Either factor's zero makes one.
        double OfNeurons(int layer)
        {
            var gate = Math.Max(Zeros(layer, ActivationSite.Gate), Zeros(layer, ActivationSite.Activation));
            var zeros = Math.Max(1 - (1 - gate) * (1 - Zeros(layer, ActivationSite.Up)), Zeros(layer, ActivationSite.Neurons));
            if (config.Activation == ActivationKind.Relu) zeros = Math.Max(zeros, UsualOfRelu);
            return predicts && sparsity!.Predictor(layer)?.Share is { } share ? Math.Max(zeros, 1 - share) : zeros;
        }

        void Columns(double zeros, params ReadOnlySpan<Linear?> maps)
        {
            foreach (var map in maps)
                if (map is not null && (always || zeros >= ColumnGain.LeastZeros(map.Type, map.Rows, isCached))) Prefer(WeightLayout.Columns, map);
        }

        void Prefer(WeightLayout layout, params ReadOnlySpan<Linear?> maps)
        {
            foreach (var map in maps)
            {
                map?.Prefer(layout);
                any |= map is not null;
            }
        }
    }
}
