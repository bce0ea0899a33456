using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of channel scaling: factors move between neighbouring weights so that the model computes the same.</summary>
public sealed record ChannelScalingOptions : PassOptions
{
    internal const string MethodName = "channel-scaling";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>
    /// Safetensors file of factors: <c>layers.I.attention_input</c> [hidden], <c>layers.I.ffn_input</c> [hidden], <c>layers.I.neuron</c> [neurons],
    /// <c>layers.I.value</c> [key-value heads · head size]; any of them may be absent.
    /// </summary>
    public required string Factors { get; init; }

    /// <summary>Format of the matrices that change; null takes BF16. Norms and biases are stored as F32.</summary>
    public ElementType? Format { get; init; }

    internal static ChannelScalingOptions Read(RecipeMap step) => new() { Factors = step.RequiredText("factors"), Format = step.Format("format") };

    internal override JsonObject ToJson() => new() { ["factors"] = Path.GetFileName(Factors), ["format"] = (Format ?? ElementType.BF16).ToString() };
}
