using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of FLAP (An et al. 2023, arXiv 2312.11983): neurons and groups of heads whose outputs fluctuate least go, over all blocks together,
/// and a bias takes the place of what they gave on average.
/// </summary>
public sealed record FlapOptions : PassOptions
{
    internal const string MethodName = "flap";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the weights of all neurons and groups of heads that goes, above 0 and below 1.</summary>
    public required double Sparsity { get; init; }

    /// <summary>Whether output and down projections get biases for the mean of what goes.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Format of the matrices that change; null takes BF16.</summary>
    public ElementType? Format { get; init; }

    internal static FlapOptions Read(RecipeMap step) => new()
    {
        Sparsity = step.Number("sparsity") ?? throw step.Problem("sparsity", "is missing"),
        Bias = step.Flag("bias", true),
        Format = step.Format("format"),
    };

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["sparsity"] = Sparsity, ["bias"] = Bias };
        if (Format is { } format) json["format"] = format.Label();
        return json;
    }
}
