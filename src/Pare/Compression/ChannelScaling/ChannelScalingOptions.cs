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
    /// <c>layers.I.value</c> [key-value heads · head size]; any of them may be absent. Or null with <see cref="Equalize"/>.
    /// </summary>
    public string? Factors { get; init; }

    /// <summary>Whether the factors are those that equalize ranges across up and down, and across value and output projections (arXiv 1906.04721).</summary>
    public bool Equalize { get; init; }

    /// <summary>Format of the matrices that change; null takes BF16. Norms and biases are stored as F32.</summary>
    public ElementType? Format { get; init; }

    internal static ChannelScalingOptions Read(RecipeMap step)
    {
        var options = new ChannelScalingOptions { Factors = step.Text("factors"), Equalize = step.Flag("equalize", false), Format = step.Format("format") };
        options.Check(step.Problem);
        return options;
    }

    internal void Check(Func<string, string, RecipeException> problem)
    {
        if (Factors is null != Equalize) throw problem("factors", Equalize ? "equalize finds the factors itself; leave factors out" : "is missing; name a file of factors, or set equalize");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["format"] = (Format ?? ElementType.BF16).ToString() };
        if (Factors is not null) json["factors"] = Path.GetFileName(Factors);
        else json["equalize"] = true;
        return json;
    }
}
