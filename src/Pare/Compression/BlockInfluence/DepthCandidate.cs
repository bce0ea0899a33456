using Pare.Models;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Something that can be left out of a model.</summary>
/// <param name="Layer">Its block, counted in the whole model.</param>
/// <param name="Attention">Whether the block's attention goes.</param>
/// <param name="Ffn">Whether its feed-forward network goes.</param>
internal readonly record struct DepthCandidate(int Layer, bool Attention, bool Ffn)
{
    public override string ToString() => (Attention, Ffn) switch
    {
        (true, true) => $"block {Layer}",
        (true, false) => $"the attention of block {Layer}",
        _ => $"the feed-forward network of block {Layer}",
    };

    /// <summary>Everything of that kind that a model has.</summary>
    public static IReadOnlyList<DepthCandidate> Of(ModelConfig config, DepthUnit unit)
    {
        var result = new List<DepthCandidate>();
        for (var i = 0; i < config.Layers.Count; i++)
        {
            var layer = config.Layers[i];
            if (unit == DepthUnit.Blocks) result.Add(new DepthCandidate(i, true, true));
            if (unit is DepthUnit.Attention or DepthUnit.Sublayers && layer.HasAttention) result.Add(new DepthCandidate(i, true, false));
            if (unit is DepthUnit.Ffn or DepthUnit.Sublayers && layer.HasFfn) result.Add(new DepthCandidate(i, false, true));
        }

        return result;
    }

    /// <summary>Whether a parameter of its block goes with it.</summary>
    public bool Has(ParameterRole role) => Attention && Ffn
        || (role is ParameterRole.Gate or ParameterRole.Up or ParameterRole.Down or ParameterRole.FfnInputNorm or ParameterRole.FfnOutputNorm or ParameterRole.FfnResidualNorm) == Ffn;

    /// <summary>The shape without it.</summary>
    public SubNetwork RemoveFrom(SubNetwork shape)
    {
        var (layer, attention, ffn) = this;
        var layers = shape.Layers.Select(kept => kept.Source != layer ? kept : kept with { KeyValueHeads = attention ? 0 : kept.KeyValueHeads, FfnSize = ffn ? 0 : kept.FfnSize });
        // What was empty before stays: some models come with such blocks.
        return shape with { Layers = [.. layers.Where(kept => kept.Source != layer || kept.KeyValueHeads > 0 || kept.FfnSize > 0)] };
    }

    /// <summary>Whether the model would still have attention and, where it had one, a feed-forward network somewhere.</summary>
    public bool LeavesModel(SubNetwork shape)
    {
        var rest = RemoveFrom(shape).Layers;
        return rest.Any(layer => layer.KeyValueHeads > 0) && (rest.Any(layer => layer.FfnSize > 0) || shape.Layers.All(layer => layer.FfnSize == 0));
    }
}
