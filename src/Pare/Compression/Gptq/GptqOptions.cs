using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of GPTQ (Frantar et al. 2022, arXiv 2210.17323): weights are rounded column by column, and the columns not yet reached make up for the errors.
/// Either onto the grid of a block format, which is what is stored, or onto a grid of <see cref="Bits"/> bits in groups, whose values are stored as <see cref="StoredAs"/>.
/// </summary>
public sealed record GptqOptions : PassOptions
{
    internal const string MethodName = "gptq";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Block format of the sites: Q8_0, Q4_0 or Q4_1; or null with <see cref="Bits"/>.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Bits of a value, 2 to 8, each group from its minimum to its maximum; or null with <see cref="Format"/>.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs of a row that share scale and minimum with <see cref="Bits"/>; 0 takes the whole row.</summary>
    public int Group { get; init; } = 64;

    /// <summary>Type of the stored values with <see cref="Bits"/>: F32, F16 or BF16. The file is not smaller: a study of the method, not a product.</summary>
    public ElementType StoredAs { get; init; } = ElementType.BF16;

    /// <summary>Whether columns are taken by falling second moment. Not with <see cref="Format"/>, whose blocks lie side by side.</summary>
    public bool ActOrder { get; init; }

    /// <summary>Share of the mean diagonal that is added to the second moments; ten times as much, and again, where they are not positive definite with it.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static GptqOptions Read(RecipeMap step)
    {
        var options = new GptqOptions
        {
            Format = step.Format("format"),
            Bits = step.Text("bits") is null ? null : step.Integer("bits", 0),
            Group = step.Integer("group", 64),
            StoredAs = step.Format("storedAs") ?? ElementType.BF16,
            ActOrder = step.Flag("actOrder", false),
            Damping = step.Number("damping") ?? 0.01,
            Sites = step.Texts("sites"),
        };
        options.Check(step.Problem);
        return options;
    }

    /// <summary>Whether the options go together.</summary>
    /// <param name="problem">Makes the exception for a key.</param>
    /// <exception cref="RecipeException">They do not.</exception>
    internal void Check(Func<string, string, RecipeException> problem)
    {
        GridChecks.Check(problem, Format, Bits, Group, StoredAs);
        if (Format is { } format && !BlockGrid.Has(format)) throw problem("format", $"{format} has no grid for gptq; take {BlockGrid.Names}");
        if (Format is not null && ActOrder) throw problem("actOrder", "the blocks of a format lie side by side and cannot be taken in another order; leave actOrder out");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Format is { } format) json["format"] = format.Label();
        else (json["bits"], json["group"], json["storedAs"], json["actOrder"]) = (Bits, Group, StoredAs.Label(), ActOrder);
        json["damping"] = Damping;
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
