using System.Text.Json.Nodes;
using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>What the sparse formats of a model keep, and what that costs.</summary>
internal static class SparseText
{
    /// <summary>A line for each sparse format.</summary>
    public static IEnumerable<string> Lines(Model model) =>
        from entry in model.BytesByType()
        where SparseFormat.IsSparse(entry.Type)
        let format = SparseFormat.Of(entry.Type)
        select $"{format}: {Counts(format)} of every {format.Block} inputs, {Quantity.Count(model.Weights().Count(weight => weight.Type == entry.Type))} matrices; "
            + $"{Quantity.Fixed(8.0 * entry.Bytes / entry.Elements, 2)} bits per weight with scales and positions; throughput {Quantity.Fixed(SdqMath.ModelledThroughput(format), 2)} × dense F16 by the paper's model of hardware (not measured)";

    /// <summary>The same for programs.</summary>
    public static JsonArray ToJson(Model model) => new([.. from entry in model.BytesByType()
        where SparseFormat.IsSparse(entry.Type)
        let format = SparseFormat.Of(entry.Type)
        select (JsonNode)new JsonObject
        {
            ["format"] = entry.Type.Name(),
            ["block"] = format.Block,
            ["kept"] = format.Kept,
            ["inliers"] = Part(format.Inliers),
            ["outliers"] = format.Outliers is { } outliers ? Part(outliers) : null,
            ["matrices"] = model.Weights().Count(weight => weight.Type == entry.Type),
            ["bitsPerWeight"] = 8.0 * entry.Bytes / entry.Elements,
            ["modelledThroughput"] = SdqMath.ModelledThroughput(format),
        }]);

    private static string Counts(SparseFormat format) => format.Outliers is { } outliers
        ? $"{format.Inliers.Kept} inliers in {format.Inliers.Numbers.Name()} and {outliers.Kept} {(outliers.Kept == 1 ? "outlier" : "outliers")} in {outliers.Numbers.Name()}"
        : $"{format.Inliers.Kept} numbers in {format.Inliers.Numbers.Name()}";

    private static JsonObject Part(SparsePart part) => new() { ["kept"] = part.Kept, ["numbers"] = part.Numbers.Name() };
}
