using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>What all methods that remove single weights have in common.</summary>
public abstract record PruningOptions : PassOptions
{
    private protected PruningOptions()
    {
    }

    /// <summary>How many weights are removed.</summary>
    public required SparsityTarget Target { get; init; }

    /// <summary>Format that the sites are stored in; null leaves BF16.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>How the share that is removed is spread over the sites. Not with a pattern.</summary>
    public RateAllocation Rates { get; init; }

    /// <summary>How far the rate of a site may lie from the mean.</summary>
    public double Spread { get; init; } = 0.08;

    private protected static TOptions Read<TOptions>(RecipeMap step, TOptions options)
        where TOptions : PruningOptions
    {
        options = options with
        {
            Format = step.Format("format"),
            Sites = step.Texts("sites"),
            Rates = step.Text("rates") is { } rates ? RateAllocations.Parse(rates) ?? throw step.Problem("rates", $"'{rates}' is unknown; known: {RateAllocations.Names}") : RateAllocation.Uniform,
            Spread = step.Number("spread") ?? 0.08,
        };
        options.Check(step.Problem);
        return options;
    }

    internal virtual void Check(Func<string, string, RecipeException> problem)
    {
        if (Rates != RateAllocation.Uniform && Target.IsPattern) throw problem("rates", $"every block of {Target} loses the same number; rates go with sparsity");
        if (Spread is not (> 0 and < 1)) throw problem("spread", $"expected a share above 0 and below 1, found {Spread}");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject();
        Target.Write(json);
        if (Rates != RateAllocation.Uniform) (json["rates"], json["spread"]) = (RateAllocations.Name(Rates), Spread);
        json["format"] = Format?.Label();
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
