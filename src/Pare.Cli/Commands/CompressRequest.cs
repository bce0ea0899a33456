using System.Text.Json.Nodes;
using Pare.Compression;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare compress</c> was asked to do.</summary>
internal sealed record CompressRequest
{
    public required string Path { get; init; }

    public required string Output { get; init; }

    public string? RecipeFile { get; init; }

    public string? Method { get; init; }

    public string? Format { get; init; }

    public string? EmbeddingFormat { get; init; }

    public required IReadOnlyList<string> Sites { get; init; }

    public string? Factors { get; init; }

    public bool Force { get; init; }

    public string? Report { get; init; }

    public int Threads { get; init; }

    public bool IsPlan { get; init; }

    /// <summary>The recipe of the file, or one of a single pass made of the options.</summary>
    public Recipe ReadRecipe()
    {
        if ((RecipeFile is null) == (Method is null)) throw new UsageException("give either --recipe FILE or --method NAME");
        if (RecipeFile is { } file)
        {
            if (Format is not null || EmbeddingFormat is not null || Sites.Count > 0 || Factors is not null)
                throw new UsageException("--format, --embedding-format, --sites and --factors go with --method; a recipe names them itself");
            return Recipe.Load(file);
        }

        var pass = new JsonObject { ["method"] = Method };
        if (Format is not null) pass["format"] = Format;
        if (EmbeddingFormat is not null) pass["embeddingFormat"] = EmbeddingFormat;
        if (Sites.Count > 0) pass["sites"] = new JsonArray([.. Sites.Select(site => JsonValue.Create(site))]);
        if (Factors is not null) pass["factors"] = Factors;
        try
        {
            return Recipe.Parse(new JsonObject { ["passes"] = new JsonArray(pass) }.ToJsonString());
        }
        catch (RecipeException exception)
        {
            throw new UsageException(exception.Message.Replace("recipe: " + exception.Path, OptionOf(exception.Path), StringComparison.Ordinal));
        }
    }

    private static string OptionOf(string path) => path[(path.LastIndexOf('.') + 1)..] switch
    {
        "format" => "--format",
        "embeddingFormat" => "--embedding-format",
        "factors" => "--factors",
        var key when key.StartsWith("sites", StringComparison.Ordinal) => "--sites",
        _ => "--method",
    };
}
