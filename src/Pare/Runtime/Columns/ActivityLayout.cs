using Pare.Models;

namespace Pare.Runtime;

/// <summary>Chooses how a model's matrices are laid down so that zeros among its activations save reading.</summary>
internal static class ActivityLayout
{
    // Groups of eight rows are what up can leave out without losing the memory's speed.
    private const int RowsTogether = 8;

    /// <summary>Says it to the blocks' maps.</summary>
    /// <param name="config">The model.</param>
    /// <param name="sparsity">Its thresholds, or null.</param>
    /// <param name="blocks">Its blocks, not packed yet.</param>
    /// <param name="predicts">Whether neurons are predicted.</param>
    /// <returns>Whether any map leaves out weights.</returns>
    public static bool Choose(ModelConfig config, ActivationSparsity? sparsity, IReadOnlyList<DecoderBlock> blocks, bool predicts)
    {
        var any = false;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (Has(i, ActivationSite.AttentionInput)) Prefer(WeightLayout.Columns, block.Query, block.Key, block.Value);
            if (Has(i, ActivationSite.AttentionValues)) Prefer(WeightLayout.Columns, block.Output);
            if (Has(i, ActivationSite.FfnInput)) Prefer(WeightLayout.Columns, block.Gate, block.Up);
            var isGated = Has(i, ActivationSite.Gate) || Has(i, ActivationSite.Activation);
            if (isGated || Has(i, ActivationSite.Up) || Has(i, ActivationSite.Neurons) || config.Activation == ActivationKind.Relu) Prefer(WeightLayout.Columns, block.Down);
            var isPredicted = predicts && sparsity!.Predictor(i) is not null;
            if (isPredicted && !Has(i, ActivationSite.FfnInput)) Prefer(WeightLayout.RowGroups, block.Gate);
            if ((isGated || isPredicted) && !Has(i, ActivationSite.FfnInput) && sparsity!.Group % RowsTogether == 0) Prefer(WeightLayout.RowGroups, block.Up);
        }

        return any;

        bool Has(int layer, ActivationSite site) => sparsity?[layer, site] is not null;

        void Prefer(WeightLayout layout, params ReadOnlySpan<Linear?> maps)
        {
            foreach (var map in maps) map?.Prefer(layout);
            any = true;
        }
    }
}
