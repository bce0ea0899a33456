using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of AWQ (Lin et al. 2023, arXiv 2306.00978): input channels of large activations are scaled up before rounding and down again in what gives them, by how much being searched for;
/// then the ends of each group are clipped where that helps; then weights are rounded to nearest.
/// </summary>
public sealed record AwqOptions : PassOptions
{
    internal const string MethodName = "awq";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Format of the sites; or null with <see cref="Bits"/>.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Bits of a value, 2 to 8, each group from its minimum to its maximum; or null with <see cref="Format"/>.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs of a row that share scale and minimum with <see cref="Bits"/>; 0 takes the whole row.</summary>
    public int Group { get; init; } = 64;

    /// <summary>Type of the stored values with <see cref="Bits"/>, or of the scaled ones without <see cref="Round"/>: F32, F16 or BF16.</summary>
    public ElementType StoredAs { get; init; } = ElementType.BF16;

    /// <summary>Whether groups are clipped.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>Whether the weights are rounded. Without, only scaling and clipping are done, for a pass behind this one that rounds in its own way.</summary>
    public bool Round { get; init; } = true;

    internal static AwqOptions Read(RecipeMap step)
    {
        var options = new AwqOptions
        {
            Format = step.Format("format"),
            Bits = step.Text("bits") is null ? null : step.Integer("bits", 0),
            Group = step.Integer("group", 64),
            StoredAs = step.Format("storedAs") ?? ElementType.BF16,
            Clip = step.Flag("clip", true),
            Round = step.Flag("round", true),
        };
        options.Check(step.Problem);
        return options;
    }

    internal void Check(Func<string, string, RecipeException> problem)
    {
        GridChecks.Check(problem, Format, Bits, Group, StoredAs);
        if (Format is { } format && !WeightCodec.CanWrite(format)) throw problem("format", $"{format.Label()} is not written");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Format is { } format) json["format"] = format.Label();
        else (json["bits"], json["group"]) = (Bits, Group);
        if (Bits is not null || !Round) json["storedAs"] = StoredAs.Label();
        (json["clip"], json["round"]) = (Clip, Round);
        return json;
    }
}
