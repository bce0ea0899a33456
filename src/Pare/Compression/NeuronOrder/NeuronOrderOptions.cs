using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of neuron ordering: neurons that fire together are put side by side, so that groups of neighbours are zero more often. What the model computes does not change but for rounding.</summary>
/// <remarks>The idea of co-activation order is PowerInfer-2's and LLM in a flash's (Alizadeh et al. 2023, arXiv 2312.11514), which store the weights of such neurons together; the grouping here is greedy by Jaccard similarity.</remarks>
public sealed record NeuronOrderOptions : PassOptions
{
    internal const string MethodName = "neuron-order";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of activations that count as zero, the smallest of each block; above 0 and below 1.</summary>
    public double Level { get; init; } = 0.5;

    /// <summary>Format of the matrices that change; null takes BF16. Biases are stored as F32.</summary>
    public ElementType? Format { get; init; }

    internal static NeuronOrderOptions Read(RecipeMap step)
    {
        var level = step.Number("level") ?? 0.5;
        if (level is <= 0 or >= 1) throw step.Problem("level", $"expected a share above 0 and below 1, such as 0.5, found {level.ToString(CultureInfo.InvariantCulture)}");
        return new NeuronOrderOptions { Level = level, Format = step.Format("format") };
    }

    internal override JsonObject ToJson() => new() { ["level"] = Level, ["format"] = (Format ?? ElementType.BF16).ToString() };
}
