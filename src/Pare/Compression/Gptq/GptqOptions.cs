using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of GPTQ (Frantar et al. 2022, arXiv 2210.17323): weights are rounded column by column, and the columns not yet reached make up for the errors.
/// Either onto the grid of a block format, which is what is stored, or onto a grid of <see cref="RoundingOptions.Bits"/> bits in groups, whose values are stored as <see cref="RoundingOptions.StoredAs"/>.
/// </summary>
public sealed record GptqOptions : RoundingOptions
{
    internal const string MethodName = "gptq";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Whether columns are taken by falling second moment. Not with <see cref="RoundingOptions.Format"/>, whose blocks lie side by side.</summary>
    public bool ActOrder { get; init; }

    /// <summary>Share of the mean diagonal that is added to the second moments; ten times as much, and again, where they are not positive definite with it.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static GptqOptions Read(RecipeMap step) =>
        Read(step, new GptqOptions { ActOrder = step.Flag("actOrder", false), Damping = step.Number("damping") ?? 0.01, Sites = step.Texts("sites") });

    internal override void Check(Func<string, string, RecipeException> problem)
    {
        base.Check(problem);
        if (Format is { } format && !BlockGrid.Has(format)) throw problem("format", $"{format} has no grid for gptq; take {BlockGrid.Names}");
        if (Format is not null && ActOrder) throw problem("actOrder", "the blocks of a format lie side by side and cannot be taken in another order; leave actOrder out");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        Write(json);
        if (Bits is not null) json["actOrder"] = ActOrder;
        json["damping"] = Damping;
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
