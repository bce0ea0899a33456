using System.Text.Json.Nodes;

namespace Pare.Search;

/// <summary>What a study is of. A study file holds candidates of one description only.</summary>
public sealed record StudyDescription
{
    /// <summary>The space that candidates come from.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>Names of what is measured of every candidate.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>What the measurements depend on beside the candidate: fingerprints of model and texts, windows, and so on. Compared as text.</summary>
    public JsonObject Subject { get; init; } = [];

    internal JsonObject ToJson() => new()
    {
        ["subject"] = Subject.DeepClone(),
        ["metrics"] = new JsonArray([.. Metrics.Select(metric => (JsonNode)metric)]),
        ["space"] = new JsonArray([.. Space.Dimensions.Select(Describe)]),
    };

    internal static StudyDescription FromJson(JsonNode json) => new()
    {
        Subject = json["subject"]!.AsObject().DeepClone().AsObject(),
        Metrics = [.. json["metrics"]!.AsArray().Select(metric => (string)metric!)],
        Space = new SearchSpace(json["space"]!.AsArray().Select(node => Read(node!))),
    };

    private static JsonNode Describe(SearchDimension dimension)
    {
        var json = new JsonObject { ["name"] = dimension.Name, ["type"] = dimension.Type.ToString() };
        if (dimension.IsDiscrete) json["values"] = new JsonArray([.. dimension.Values.Select(value => (JsonNode)value)]);
        else (json["low"], json["high"]) = (dimension.Low, dimension.High);
        if (dimension.Condition is { } condition) (json["if"], json["atLeast"]) = (condition.Dimension, condition.MinimumIndex);
        return json;
    }

    private static SearchDimension Read(JsonNode json)
    {
        var name = (string)json["name"]!;
        var type = Enum.Parse<DimensionType>((string)json["type"]!);
        string[] values = [.. json["values"]?.AsArray().Select(value => (string)value!) ?? []];
        var dimension = type switch
        {
            DimensionType.Real => SearchDimension.Real(name, (double)json["low"]!, (double)json["high"]!),
            DimensionType.Ordered => SearchDimension.Ordered(name, values),
            _ => SearchDimension.Categorical(name, values),
        };
        return json["if"] is { } parent ? dimension with { Condition = new DimensionCondition((string)parent!, (int)json["atLeast"]!) } : dimension;
    }
}
