using Pare.Calibration;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>The basis of the residual stream before every sub-layer and before the head.</summary>
internal sealed unsafe class StreamBases
{
    private readonly ModelConfig _config;
    private readonly List<StreamBasis> _bases = [];
    private readonly Dictionary<(int Layer, bool IsFfn), int> _before = [];

    private StreamBases(ModelConfig config) => _config = config;

    /// <summary>The bases in the order of the forward pass; the last one is the head's.</summary>
    public IReadOnlyList<StreamBasis> All => _bases;

    /// <summary>The basis that a sub-layer reads.</summary>
    public StreamBasis Before(int layer, bool isFfn) => _bases[_before[(layer, isFfn)]];

    /// <summary>The basis that a sub-layer's output is added in.</summary>
    public StreamBasis Behind(int layer, bool isFfn) => _bases[_before[(layer, isFfn)] + 1];

    /// <summary>Finds the bases one after another: each sees what is left of the stream by those before it.</summary>
    /// <param name="fused">The model.</param>
    /// <param name="windows">The text.</param>
    /// <param name="width">Directions to keep.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    public static StreamBases Find(FusedModel fused, TokenWindows windows, int width, ComputePool pool, Action<double>? progress, CancellationToken cancellation)
    {
        var config = fused.Config;
        var graph = new ModelGraph(config);
        var result = new StreamBases(config);
        using var stream = new BlockStream(config, windows, pool, Value);
        for (var i = 0; i < config.Layers.Count; i++)
        {
            var layer = config.Layers[i];
            var parallel = config.ParallelResidual && layer is { HasAttention: true, HasFfn: true };
            if (layer.HasAttention)
            {
                Turn(i, isFfn: false);
                if (parallel) result._before.Add((i, true), result._before[(i, false)]);
                Advance(parallel ? layer : layer with { FfnSize = 0 }, i);
            }

            if (!layer.HasFfn || parallel) continue;
            Turn(i, isFfn: true);
            Advance(layer with { Heads = 0, KeyValueHeads = 0 }, i);
        }

        result._bases.Add(Basis());
        return result;

        void Turn(int layer, bool isFfn)
        {
            cancellation.ThrowIfCancellationRequested();
            result._before.Add((layer, isFfn), result._bases.Count);
            var basis = Basis();
            basis.Project(pool, stream.Values, stream.Tokens);
            result._bases.Add(basis);
            progress?.Invoke((layer + (isFfn ? 0.5 : 0)) / config.Layers.Count);
        }

        StreamBasis Basis() => StreamBasis.Of(pool, stream.Values, stream.Tokens, config.HiddenSize, width, config.NormEpsilon);

        // A part of the block: what the shape does not have is not run.
        void Advance(LayerConfig part, int index)
        {
            var view = config with { Layers = [.. config.Layers.Select((layer, i) => i == index ? part : layer)] };
            var has = new ModelGraph(view);
            using var block = new DecoderBlock(view, index, id => has.Contains(id) ? Value(id) : null);
            stream.Advance(block, index, cancellation);
        }

        Weight? Value(ParameterId id)
        {
            if (!graph.Contains(id)) return null;
            var values = fused.Values(id);
            var pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
            values.CopyTo(pinned, 0);
            return BlockEdit.View(graph.Get(id), pinned);
        }
    }
}
