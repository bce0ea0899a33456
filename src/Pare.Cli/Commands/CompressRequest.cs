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

    /// <summary>Further options of the method, by their keys in a recipe; null where they were not given.</summary>
    public IReadOnlyList<(string Key, string? Value)> Settings { get; init; } = [];

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
            if (Settings.FirstOrDefault(setting => setting.Value is not null).Key is { } key)
                throw new UsageException($"{OptionName(key)} goes with --method; a recipe names it itself");
            return Recipe.Load(file);
        }

        var pass = new JsonObject { ["method"] = Method };
        if (Format is not null) pass["format"] = Format;
        if (EmbeddingFormat is not null) pass["embeddingFormat"] = EmbeddingFormat;
        if (Sites.Count > 0) pass["sites"] = new JsonArray([.. Sites.Select(site => JsonValue.Create(site))]);
        if (Factors is not null) pass["factors"] = Factors;
        foreach (var (key, value) in Settings)
            if (value is not null) pass[key] = value;
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
        "" or "method" or "passes" => "--method",
        var key when key.StartsWith("sites", StringComparison.Ordinal) => "--sites",
        var key when key.Contains('[', StringComparison.Ordinal) => "--method",
        var key => OptionName(key),
    };

    // calibrationTokens: --calibration-tokens
    private static string OptionName(string key) => "--" + string.Concat(key.Select(letter => char.IsAsciiLetterUpper(letter) ? "-" + char.ToLowerInvariant(letter) : letter.ToString()));
}
