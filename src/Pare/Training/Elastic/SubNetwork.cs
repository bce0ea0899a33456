using Pare.Models;

namespace Pare.Training;

/// <summary>The shape of a sub-network: some layers of a model, and of each some heads, channels and neurons. Which ones those are, an <see cref="ImportanceOrder"/> says: always the first.</summary>
public sealed record SubNetwork
{
    /// <summary>The layers, by rising <see cref="SubNetworkLayer.Source"/>.</summary>
    public required IReadOnlyList<SubNetworkLayer> Layers { get; init; }

    /// <summary>Channels of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>All of a model.</summary>
    /// <param name="config">The model.</param>
    /// <returns>The shape of the model itself.</returns>
    public static SubNetwork Whole(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new SubNetwork
        {
            HiddenSize = config.HiddenSize,
            Layers = [.. config.Layers.Select((layer, i) => new SubNetworkLayer(i, layer.KeyValueHeads, layer.HasAttention ? layer.Heads / layer.KeyValueHeads : 1, layer.HeadSize, layer.FfnSize))],
        };
    }

    /// <summary>The configuration that a sub-network amounts to: that of a smaller model of the same family.</summary>
    /// <param name="config">The whole model.</param>
    /// <returns>What the family reads from the smaller shapes; scales that a family derives from a shape follow it.</returns>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network, or its family cannot say it; the message says which choice is to be changed.</exception>
    public ModelConfig ToConfig(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Check(config);
        return SubNetworkConfig.Build(config, this);
    }

    private void Check(ModelConfig config)
    {
        if (HiddenSize < 1 || HiddenSize > config.HiddenSize) throw new ArgumentException($"the residual width {HiddenSize} is not from 1 to the model's {config.HiddenSize}");
        if (HiddenSize != config.HiddenSize && config.EmbeddingSize != config.HiddenSize)
            throw new ArgumentException($"the residual width stays {config.HiddenSize} in this model: projections stand between it and the embeddings");
        if (ConfigStructure.Peculiarity(config) is { } peculiar) throw new ArgumentException($"{peculiar} has no sub-networks; take them of the model that it was made of");
        if (Layers.Count == 0) throw new ArgumentException("a sub-network needs at least one layer");
        var last = -1;
        foreach (var layer in Layers)
        {
            if (layer.Source <= last || layer.Source >= config.Layers.Count)
                throw new ArgumentException($"layer {layer.Source} is out of order or outside the model's {config.Layers.Count} layers; list layers by rising index");
            last = layer.Source;
            Check(config, config.Layers[layer.Source], layer);
        }
    }

    private static void Check(ModelConfig config, LayerConfig whole, SubNetworkLayer layer)
    {
        var place = $"layer {layer.Source}";
        if (layer.FfnSize < 0 || layer.FfnSize > whole.FfnSize) throw new ArgumentException($"{place}: {layer.FfnSize} neurons are not from 0 to the layer's {whole.FfnSize}");
        if (layer.KeyValueHeads < 0 || layer.KeyValueHeads > whole.KeyValueHeads)
            throw new ArgumentException($"{place}: {layer.KeyValueHeads} key-value heads are not from 0 to the layer's {whole.KeyValueHeads}");
        if (layer.KeyValueHeads == 0) return;
        var group = whole.Heads / whole.KeyValueHeads;
        if (layer.HeadsPerGroup < 1 || layer.HeadsPerGroup > group) throw new ArgumentException($"{place}: {layer.HeadsPerGroup} query heads of a key-value head are not from 1 to the layer's {group}");
        if (layer.HeadSize == whole.HeadSize) return;
        if (layer.HeadSize < 1 || layer.HeadSize > whole.HeadSize) throw new ArgumentException($"{place}: heads of {layer.HeadSize} channels are not from 1 to the layer's {whole.HeadSize}");
        if (config.QueryKeyNorm == QueryKeyNormKind.PerHead) throw new ArgumentException($"{place}: heads stay {whole.HeadSize} channels wide in this model, since their queries and keys are normed");
        if (whole.Rope is not { } rope) return;
        if (rope.Scaling == RopeScaling.LongRope) throw new ArgumentException($"{place}: heads stay {whole.HeadSize} channels wide in this model, since LongRoPE has a factor for each rotary pair");
        var rotated = (long)layer.HeadSize * rope.Dimensions;
        if (rotated % whole.HeadSize != 0 || rotated / whole.HeadSize % 2 != 0 || rotated == 0)
            throw new ArgumentException($"{place}: heads of {layer.HeadSize} channels break rotary pairs; the model rotates {rope.Dimensions} of {whole.HeadSize} channels, so take a multiple of {Step(rope.Dimensions, whole.HeadSize)}");
    }

    // Least head width of which the same share is an even number of channels.
    private static int Step(int rotated, int size)
    {
        for (var step = 1; step < size; step++)
        {
            if ((long)step * rotated % size == 0 && (long)step * rotated / size % 2 == 0) return step;
        }

        return size;
    }
}
