using System.Globalization;
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

    /// <summary>Where statistics are taken, by the keys of a recipe's calibration; null where they were not given.</summary>
    public IReadOnlyList<(string Key, string? Value)> Calibration { get; init; } = [];

    public int? Seed { get; init; }

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
            if (Settings.Concat(Calibration).Append(("seed", Seed?.ToString(CultureInfo.InvariantCulture))).FirstOrDefault(setting => setting.Item2 is not null).Item1 is { } key)
                throw new UsageException($"{OptionName(key)} goes with --method; a recipe names it itself");
            return Recipe.Load(file);
        }

        var pass = new JsonObject { ["method"] = Method };
        if (Format is not null) pass["format"] = Format;
        if (EmbeddingFormat is not null) pass["embeddingFormat"] = EmbeddingFormat;
        if (Sites.Count > 0) pass["sites"] = new JsonArray([.. Sites.Select(site => JsonValue.Create(site))]);
        if (Factors is not null) pass["factors"] = Factors;
        Add(pass, Settings);
        var document = new JsonObject { ["seed"] = Seed ?? 0 };
        if (Calibration.Any(setting => setting.Value is not null)) Add(document, pass);
        document["passes"] = new JsonArray(pass);
        try
        {
            return Recipe.Parse(document.ToJsonString());
        }
        catch (RecipeException exception)
        {
            throw new UsageException(exception.Message.Replace("recipe: " + exception.Path, OptionOf(exception.Path), StringComparison.Ordinal));
        }
    }

    private static void Add(JsonObject json, IEnumerable<(string Key, string? Value)> settings)
    {
        foreach (var (key, value) in settings)
            if (value is not null) json[key] = value;
    }

    // The Surgeon's step has its text among its own keys.
    private void Add(JsonObject document, JsonObject pass)
    {
        if (Method != "surgeon")
        {
            var calibration = new JsonObject();
            Add(calibration, Calibration);
            document["calibration"] = calibration;
            return;
        }

        var given = Calibration.Where(setting => setting.Value is not null).ToDictionary(setting => setting.Key, setting => setting.Value!);
        if ((given.GetValueOrDefault("text") ?? given.GetValueOrDefault("tokens")) is { } file) pass["calibration"] = file;
        if (given.ContainsKey("statistics")) throw new UsageException("--statistics does not go with --method surgeon: its curvature is of gradients, and new after each shot");
        if (given.TryGetValue("window", out var window)) pass["window"] = window;
        if (!given.TryGetValue("samples", out var samples)) return;
        if (!int.TryParse(samples, CultureInfo.InvariantCulture, out var count) || !int.TryParse(window ?? "1024", CultureInfo.InvariantCulture, out var length) || count < 1 || length < 2 || (long)count * length > int.MaxValue)
            throw new UsageException($"--samples: {samples} windows of {window ?? "1024"} tokens cannot be taken");
        pass["calibrationTokens"] = count * length;
    }

    private static string OptionOf(string path) => path[(path.LastIndexOf('.') + 1)..] switch
    {
        "" or "method" or "passes" => "--method",
        var key when key.StartsWith("sites", StringComparison.Ordinal) => "--sites",
        var key when key.Contains('[', StringComparison.Ordinal) => "--method",
        var key => OptionName(key),
    };

    // storedAs: --stored-as
    private static string OptionName(string key) => key switch
    {
        "text" or "calibration" => "--calibration",
        "tokens" or "calibrationTokens" => "--calibration-tokens",
        _ => "--" + Dashed(key),
    };

    private static string Dashed(string key) => string.Concat(key.Select(letter => char.IsAsciiLetterUpper(letter) ? "-" + char.ToLowerInvariant(letter) : letter.ToString()));
}
