using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

internal sealed partial class ActivationSparsityPass
{
    // How far the thresholds may go with a share of perplexity.
    private void Search(Model model, TokenWindows windows, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var search = new StrengthSearch(model, windows, _options.PerplexityIncrease!.Value, pool.Threads, cancellation);
        var level = Strongest(byError: false);
        Result = Make(level, byError: false);
        if (!ByError) return;
        // One truncation error everywhere leaves blocks different shares, and one level different errors; which of them spares more neurons is a matter of the model.
        var error = Strongest(byError: true);
        if (MeanLevel(model.Config, error) > level) Result = Make(error, byError: true);

        double Strongest(bool byError) => search.Run(strength => Make(strength, byError), progress is null ? null
            : part => progress.Report(new CompressionProgress("search", model.Config.Layers.Count, model.Config.Layers.Count + 1, 0.8 * (ByError ? 0.5 * part + (byError ? 0.5 : 0) : part))));

        ActivationSparsity Make(double strength, bool byError)
        {
            var sparsity = new ActivationSparsity(_options.RuleName, byError ? null : strength, _options.Group, model.Config.Layers.Count);
            for (var layer = 0; layer < model.Config.Layers.Count; layer++) Set(sparsity, model.Config, layer, strength, byError);
            return sparsity;
        }
    }

    // The share of all neurons that an error everywhere sets to zero.
    private double MeanLevel(ModelConfig config, double error)
    {
        double sum = 0, neurons = 0;
        for (var layer = 0; layer < config.Layers.Count; layer++)
        {
            if (_curves[layer].Truncation is not { } truncation) continue;
            sum += config.Layers[layer].FfnSize * truncation.LevelOf(error);
            neurons += config.Layers[layer].FfnSize;
        }

        return neurons > 0 ? sum / neurons : 0;
    }
}
