using Pare.Models;

namespace Pare.Training;

/// <summary>How much each part of a model does on a text: means over tokens, larger for more important ones.</summary>
public sealed record ImportanceScores
{
    /// <summary>For each residual channel the mean |output| of the norms that read the stream, summed over norms.</summary>
    public required IReadOnlyList<double> Hidden { get; init; }

    /// <summary>For each layer and query head the mean Euclidean norm of what the head gives.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Heads { get; init; }

    /// <summary>For each layer and neuron the mean |value| of the <see cref="NeuronMeasure"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Neurons { get; init; }

    /// <summary>For each layer its block influence, 1 − mean cos(input, output) (Men et al. 2024, arXiv 2403.03853).</summary>
    public required IReadOnlyList<double> Layers { get; init; }

    /// <summary>For each layer the influence of its attention alone, 1 − mean cos(stream before it, stream after it); 0 where there is none.</summary>
    public IReadOnlyList<double> Attention { get; init; } = [];

    /// <summary>For each layer the influence of its feed-forward network alone.</summary>
    public IReadOnlyList<double> Ffn { get; init; } = [];

    /// <summary>Tokens that the means are over.</summary>
    public required long Tokens { get; init; }

    /// <summary>The order by these scores.</summary>
    /// <param name="config">The model.</param>
    /// <param name="shared">Whether scores are summed over layers, so that all layers have one order of heads and neurons (as published); otherwise each layer has its own.</param>
    /// <returns>The order.</returns>
    /// <exception cref="ArgumentException">Shared, and the layers differ in shape.</exception>
    public ImportanceOrder ToOrder(ModelConfig config, bool shared = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (shared && !config.IsUniform) throw new ArgumentException("the layers differ in shape, so they cannot share one order; give each its own");
        var heads = shared ? Shared(Heads) : Heads;
        var neurons = shared ? Shared(Neurons) : Neurons;
        return new ImportanceOrder
        {
            Layers = ImportanceOrder.Descending(Layers),
            Hidden = ImportanceOrder.Descending(Hidden),
            Groups = [.. config.Layers.Select((layer, i) => ImportanceOrder.Descending([.. OfGroups(layer, heads[i]).Select(group => group.Sum())]))],
            HeadsOfGroup = [.. config.Layers.Select((layer, i) => (IReadOnlyList<IReadOnlyList<int>>)[.. OfGroups(layer, heads[i]).Select(group => ImportanceOrder.Descending(group))])],
            Neurons = [.. neurons.Select(scores => ImportanceOrder.Descending(scores))],
        };
    }

    private static IEnumerable<double[]> OfGroups(LayerConfig layer, IReadOnlyList<double> heads) => layer.HasAttention ? heads.Chunk(layer.Heads / layer.KeyValueHeads) : [];

    private static IReadOnlyList<IReadOnlyList<double>> Shared(IReadOnlyList<IReadOnlyList<double>> scores)
    {
        double[] sum = [.. Enumerable.Range(0, scores[0].Count).Select(i => scores.Sum(layer => layer[i]))];
        return [.. scores.Select(_ => sum)];
    }
}
