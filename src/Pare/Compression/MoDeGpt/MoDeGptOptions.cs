using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of MoDeGPT (Lin et al. 2024, arXiv 2408.09632): every block gets fewer neurons and narrower heads, each kind of module by the decomposition that fits it,
/// in closed form from second moments of the calibration text.
/// </summary>
public sealed record MoDeGptOptions : PassOptions
{
    internal const string MethodName = "modegpt";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the blocks' neurons and head channels that goes, above 0 and below 1; the mean over the blocks.</summary>
    public required double Sparsity { get; init; }

    /// <summary>ε of the allocation over blocks, which follows softmax(−influence / ε): a larger one is more even. 0 gives every block the same share.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>The largest share that a block loses; what would be more goes to the others.</summary>
    public double MostOfBlock { get; init; } = 0.8;

    /// <summary>Neurons that are left are a multiple of this.</summary>
    public int Multiple { get; init; } = 8;

    /// <summary>λ of the neurons' leverage scores, as a share of the mean second moment.</summary>
    public double Ridge { get; init; } = 1;

    /// <summary>Share of the mean second moment that is added before a matrix is inverted.</summary>
    public double Damping { get; init; } = 1e-4;

    /// <summary>Format of the matrices that change; null takes BF16.</summary>
    public ElementType? Format { get; init; }

    internal void Check(string path)
    {
        Require(Sparsity is > 0 and < 1, "sparsity", $"expected a share above 0 and below 1, found {Sparsity}");
        Require(Temperature >= 0 && double.IsFinite(Temperature), "temperature", $"expected 0 or more, found {Temperature}");
        Require(MostOfBlock > 0 && MostOfBlock < 1 && MostOfBlock >= Sparsity, "mostOfBlock", $"expected a share from sparsity, {Sparsity}, to below 1, found {MostOfBlock}");
        Require(Multiple >= 1, "multiple", $"expected at least 1, found {Multiple}");
        Require(Ridge > 0 && double.IsFinite(Ridge), "ridge", $"expected a number above 0, found {Ridge}");
        Require(Damping is >= 0 and <= 1, "damping", $"expected a share from 0 to 1, found {Damping}");

        void Require(bool holds, string key, string problem)
        {
            if (!holds) throw new RecipeException($"{path}.{key}", problem);
        }
    }

    internal static MoDeGptOptions Read(RecipeMap step)
    {
        var defaults = new MoDeGptOptions { Sparsity = 0.5 };
        return new MoDeGptOptions
        {
            Sparsity = step.Number("sparsity") ?? throw step.Problem("sparsity", "is missing"),
            Temperature = step.Number("temperature") ?? defaults.Temperature,
            MostOfBlock = step.Number("mostOfBlock") ?? defaults.MostOfBlock,
            Multiple = step.Integer("multiple", defaults.Multiple),
            Ridge = step.Number("ridge") ?? defaults.Ridge,
            Damping = step.Number("damping") ?? defaults.Damping,
            Format = step.Format("format"),
        };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["sparsity"] = Sparsity,
            ["temperature"] = Temperature,
            ["mostOfBlock"] = MostOfBlock,
            ["multiple"] = Multiple,
            ["ridge"] = Ridge,
            ["damping"] = Damping,
        };
        if (Format is { } format) json["format"] = format.Label();
        return json;
    }
}
