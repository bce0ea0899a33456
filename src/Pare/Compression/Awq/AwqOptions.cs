using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Formats.Tables;

namespace Pare.Compression;

/// <summary>
/// Options of AWQ (Lin et al. 2023, arXiv 2306.00978): input channels of large activations are scaled up before rounding and down again in what gives them, by how much being searched for;
/// then the ends of each group are clipped where that helps; then weights are rounded to nearest.
/// </summary>
public sealed record AwqOptions : RoundingOptions
{
    internal const string MethodName = "awq";

    // Clipping multiplies every pair of weights of a group.
    private const int LargestClipped = 1024;

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Whether groups are clipped.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>Whether the weights are rounded. Without, only scaling and clipping are done and the weights are stored as <see cref="RoundingOptions.StoredAs"/>, for a pass behind this one that rounds in its own way.</summary>
    public bool Round { get; init; } = true;

    internal static AwqOptions Read(RecipeMap step) => Read(step, new AwqOptions { Clip = step.Flag("clip", true), Round = step.Flag("round", true) });

    internal override bool StoresGridWithFormat => !Round;

    internal override void Check(Func<string, string, RecipeException> problem)
    {
        base.Check(problem);
        if (Clip && Bits is not null && Group is 0 or > LargestClipped) throw problem("clip", $"groups of more than {LargestClipped} inputs are not clipped; take a smaller group, or set clip to false");
        if (Format is { } format && !WeightCodec.CanWrite(format)) throw problem("format", $"{format.Label()} is not written");
        if (Format is { } whole && TableFormat.IsTable(whole)) throw problem("format", $"the table of {whole.Label()} belongs to a whole row, and awq searches group by group; take a block format, or squeezellm for tables");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        Write(json);
        if (!Round) json["storedAs"] = StoredAs.Label();
        (json["clip"], json["round"]) = (Clip, Round);
        return json;
    }
}
