using Pare.Calibration;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Records what thresholds leave of the neurons of all blocks, on the same tokens, and trains one predictor for them: it reads the stream behind the first block.</summary>
/// <remarks>Memory: the streams of all windows, a bit a group and recorded token, and the recorded inputs. Activations are seen as the model has them without thresholds in the blocks before.</remarks>
internal sealed unsafe class SharedPredictorRun(Model model, TokenWindows windows, ActivationSparsity sparsity, int most)
{
    /// <summary>Trains, and gives the predictors to the thresholds.</summary>
    /// <param name="rank">Width of the hidden layer.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told how far it is; or null.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Run(int rank, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var config = model.Config;
        var layers = config.Layers.Count;
        int[] predicted = [.. Enumerable.Range(1, layers - 1).Where(layer => config.Layers[layer].HasFfn)];
        int[] groups = [.. predicted.Select(layer => config.Layers[layer].FfnSize / sparsity.Group)];
        using var stream = new BlockStream(config, windows, pool, model.FindWeight);
        BitRows? active = null;
        float[] inputs = [];
        var first = 0;
        for (var layer = 0; layer < layers; layer++)
        {
            progress?.Report(new CompressionProgress("predictor", layers, layers + 1, 0.8 * layer / (2.0 * layers)));
            using var block = new DecoderBlock(model, layer);
            if (layer > 0 && config.Layers[layer].HasFfn)
            {
                var recorder = Record(stream, block, layer, pool, cancellation);
                active ??= new BitRows(recorder.Active.Rows, groups.Sum());
                Copy(recorder.Active, active, first);
                first += recorder.Active.Columns;
            }

            stream.Advance(block, layer, cancellation);
            if (layer == 0) inputs = Inputs(stream, config.HiddenSize);
        }

        var (shared, parts) = PredictorTraining.RunShared(pool, inputs, active!, groups, rank, 1,
            done => progress?.Report(new CompressionProgress("predictor", layers, layers + 1, 0.4 + 0.4 * done)), cancellation);
        sparsity.Shared = shared;
        for (var i = 0; i < predicted.Length; i++) sparsity.SetPredictor(predicted[i], parts[i]);
    }

    private ActivityRecorder Record(BlockStream stream, DecoderBlock block, int layer, ComputePool pool, CancellationToken cancellation)
    {
        var own = new ActivationSparsity(sparsity.Rule, null, sparsity.Group, 1);
        foreach (var site in ActivationSites.All) own[0, site] = sparsity[layer, site];
        var config = model.Config with { Layers = [model.Config.Layers[layer]] };
        var recorder = new ActivityRecorder(new ActivationFilter(config, own, pool), sparsity.Group, config.Layers[0].FfnSize, stream.Tokens, most, keepsInputs: false);
        stream.Watch(block, layer, recorder, cancellation);
        return recorder;
    }

    // Of the tokens that a recorder takes.
    private float[] Inputs(BlockStream stream, int size)
    {
        var stride = ActivityRecorder.StrideOf(stream.Tokens, most);
        var rows = new float[checked((int)((stream.Tokens + stride - 1) / stride) * size)];
        for (var i = 0; i < rows.Length; i += size) NeuronPrediction.Normalize(new ReadOnlySpan<float>(stream.Values + (long)i * stride, size), rows.AsSpan(i, size));
        return rows;
    }

    private static void Copy(BitRows from, BitRows to, int first)
    {
        for (var row = 0; row < from.Rows; row++)
        {
            for (var column = 0; column < from.Columns; column++)
                if (from.Has(row, column)) to.Set(row, first + column);
        }
    }
}
