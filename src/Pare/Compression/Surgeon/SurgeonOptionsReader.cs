using System.Text.Json.Nodes;
using Pare.Calibration;

namespace Pare.Compression;

/// <summary>The Surgeon's step as a recipe has it.</summary>
internal static class SurgeonOptionsReader
{
    private static readonly Dictionary<string, PruningStructure> s_structures = new()
    {
        ["elements"] = PruningStructure.Elements,
        ["rows"] = PruningStructure.Rows,
        ["columns"] = PruningStructure.Columns,
        ["rows-columns"] = PruningStructure.RowsColumns,
        ["coupled"] = PruningStructure.Coupled,
    };

    private static readonly Dictionary<string, CurvatureKind> s_curvatures = new()
    {
        ["independent"] = CurvatureKind.Independent,
        ["nearest-kronecker"] = CurvatureKind.NearestKronecker,
        ["k-fac"] = CurvatureKind.KFac,
        ["activations"] = CurvatureKind.Activations,
        ["identity"] = CurvatureKind.Identity,
    };

    public static SurgeonOptions Read(RecipeMap step)
    {
        var structure = step.Text("structure") ?? "rows-columns";
        var (kept, block) = (2, 4);
        var isPattern = structure.Contains(':', StringComparison.Ordinal);
        if (isPattern && !PatternText.TryParse(structure, out kept, out block)) throw step.Problem("structure", $"'{structure}' is no pattern; expected N:M such as 2:4");
        var defaults = new SurgeonOptions { Sparsity = 0.5, Calibration = "" };
        return new SurgeonOptions
        {
            Sparsity = step.Number("sparsity") ?? throw step.Problem("sparsity", "is missing"),
            Calibration = step.RequiredText("calibration"),
            CalibrationTokens = step.Integer("calibrationTokens", defaults.CalibrationTokens),
            HeldOutTokens = step.Number("heldOutTokens") is null ? null : step.Integer("heldOutTokens", 0),
            Window = step.Number("window") is null ? null : step.Integer("window", 0),
            Structure = isPattern ? PruningStructure.Blocks : Choose(step, "structure", structure, s_structures),
            BlockKept = kept,
            BlockSize = block,
            Shots = step.Integer("shots", defaults.Shots),
            Curvature = Choose(step, "curvature", step.Text("curvature") ?? "independent", s_curvatures),
            Iterations = step.Integer("iterations", defaults.Iterations),
            Update = step.Flag("update", defaults.Update),
            InputDamping = step.Number("damping"),
            OutputDamping = step.Number("outputDamping"),
            DampCosts = step.Flag("dampCosts", defaults.DampCosts),
            MaxCorrelate = step.Integer("maxCorrelate", defaults.MaxCorrelate),
            UpdateScale = step.Number("updateScale") ?? defaults.UpdateScale,
            MinimumWidth = step.Number("minimumWidth") ?? defaults.MinimumWidth,
            LoraRank = step.Integer("loraRank", defaults.LoraRank),
            LoraLearningRate = step.Number("loraLearningRate") ?? defaults.LoraLearningRate,
            LoraEpochs = step.Integer("loraEpochs", defaults.LoraEpochs),
            LoraFinalEpochs = step.Integer("loraFinalEpochs", defaults.LoraFinalEpochs),
            BatchTokens = step.Integer("batchTokens", defaults.BatchTokens),
            MemoryBytes = (long)((step.Number("memoryGiB") ?? defaults.MemoryBytes / (double)(1L << 30)) * (1L << 30)),
            Compact = step.Flag("compact", defaults.Compact),
            Format = step.Format("format"),
            Sites = step.Texts("sites"),
        };
    }

    public static JsonObject ToJson(SurgeonOptions options)
    {
        var json = new JsonObject
        {
            ["sparsity"] = options.Sparsity,
            ["calibration"] = Path.GetFileName(options.Calibration),
            ["calibrationTokens"] = options.CalibrationTokens,
            ["heldOutTokens"] = options.EffectiveHeldOutTokens,
            ["structure"] = options.Structure == PruningStructure.Blocks ? $"{options.BlockKept}:{options.BlockSize}" : Name(options.Structure, s_structures),
            ["shots"] = options.Shots,
            ["curvature"] = Name(options.Curvature, s_curvatures),
            ["iterations"] = options.Iterations,
            ["update"] = options.Update,
        };
        if (options.Window is { } window) json["window"] = window;
        if (options.InputDamping is { } damping) json["damping"] = damping;
        json["outputDamping"] = options.EffectiveOutputDamping;
        json["dampCosts"] = options.DampCosts;
        json["maxCorrelate"] = options.MaxCorrelate;
        json["updateScale"] = options.UpdateScale;
        json["minimumWidth"] = options.MinimumWidth;
        json["loraRank"] = options.LoraRank;
        if (options.LoraRank > 0)
        {
            json["loraLearningRate"] = options.LoraLearningRate;
            json["loraEpochs"] = options.LoraEpochs;
            json["loraFinalEpochs"] = options.LoraFinalEpochs;
        }

        json["batchTokens"] = options.BatchTokens;
        json["compact"] = options.Compact;
        json["format"] = (options.Format ?? Formats.ElementType.BF16).ToString();
        if (options.Sites is not null) json["sites"] = new JsonArray([.. options.Sites.Select(site => (JsonNode)site)]);
        return json;
    }

    private static T Choose<T>(RecipeMap step, string key, string text, Dictionary<string, T> names) => names.TryGetValue(text, out var value) ? value
        : throw step.Problem(key, $"'{text}' is unknown; did you mean '{Nearest.Of(text, names.Keys)}'? Known: {string.Join(", ", names.Keys)}{(key == "structure" ? ", and N:M" : "")}");

    private static string Name<T>(T value, Dictionary<string, T> names) => names.First(entry => entry.Value!.Equals(value)).Key;
}
