using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of SliceGPT (Ashkboos et al. 2024, arXiv 2401.15024): the residual stream is turned into the principal axes of what each sub-layer reads,
/// and the axes of least variance are deleted from every matrix.
/// </summary>
public sealed record SliceGptOptions : PassOptions
{
    internal const string MethodName = "slicegpt";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the residual stream's channels that is deleted, from 0 (which only turns it) to below 1; the width left is rounded down to a multiple of <see cref="Multiple"/>.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The width left is a multiple of this, where that is not more than all of it.</summary>
    public int Multiple { get; init; } = 8;

    /// <summary>Format of all matrices; null takes BF16. Norms and biases are stored as F32.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Channels that are left of a width.</summary>
    internal int Width(int hidden)
    {
        var kept = (int)Math.Floor(hidden * (1 - Sparsity) + 1e-9);
        return kept == hidden ? hidden : kept / Multiple * Multiple;
    }

    internal static SliceGptOptions Read(RecipeMap step) => new()
    {
        Sparsity = step.Number("sparsity") ?? throw step.Problem("sparsity", "is missing"),
        Multiple = step.Integer("multiple", 8),
        Format = step.Format("format"),
    };

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["sparsity"] = Sparsity, ["multiple"] = Multiple };
        if (Format is { } format) json["format"] = format.Label();
        return json;
    }
}
