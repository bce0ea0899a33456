using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Evaluation.Speed;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Search;

/// <summary>Measures configurations of SDQ: each is made as a model on disk, measured, and removed again. Not for concurrent use.</summary>
/// <param name="model">The model; stays open while measuring.</param>
/// <param name="grid">The configurations, and what they have in common.</param>
/// <param name="texts">Windows that perplexity is measured over, of one text or several of different names.</param>
/// <param name="engine">How perplexity is measured. Speed is with int8 activations where these are matched ones, which are a simulation.</param>
/// <param name="speed">How speed is measured; its engine is not looked at.</param>
/// <param name="workFolder">Where models are made. What a stopped run left there is gone on with.</param>
public sealed class SdqMeter(Model model, SdqGrid grid, IReadOnlyList<TokenWindows> texts, EngineOptions engine, BenchOptions speed, string workFolder)
{
    /// <summary>Bits per weight of the linear maps, scales and positions included.</summary>
    public const string BitsPerWeight = "bits per weight";

    /// <summary>Throughput against dense F16 by the paper's model of hardware; no measurement.</summary>
    public const string ModelledThroughput = "modelled throughput";

    /// <summary>Generated tokens per second, measured.</summary>
    public const string DecodeTokensPerSecond = "decode tokens/s";

    /// <summary>Names of what is measured: a perplexity for each text, and the three others.</summary>
    public IReadOnlyList<string> Metrics { get; } = [.. texts.Select(PerplexityOn), BitsPerWeight, ModelledThroughput, DecodeTokensPerSecond];

    /// <summary>What the measurements depend on beside the configuration.</summary>
    /// <param name="path">The model's folder or file.</param>
    /// <returns>The subject of a study.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public JsonObject Subject(string path)
    {
        var machine = MachineIdentity.Current(engine.Threads);
        return new JsonObject
        {
            ["model"] = ModelFingerprint.Of(path),
            ["recipe"] = grid.Describe(),
            ["texts"] = new JsonArray([.. texts.Select(text => (JsonNode)new JsonObject { ["file"] = text.Text.File, ["sha256"] = text.Text.Sha256, ["protocol"] = text.Protocol, ["window"] = text.Window, ["windows"] = text.Count })]),
            ["activations"] = engine.Activations.ToString(),
            ["speed"] = new JsonObject
            {
                ["activations"] = SpeedEngine.Activations.ToString(),
                ["prompt"] = speed.Prompt,
                ["generate"] = speed.Generate,
                ["repetitions"] = speed.Repetitions,
                ["processor"] = machine.Processor,
                ["instructionSet"] = machine.InstructionSet,
                ["threads"] = machine.Threads,
            },
        };
    }

    /// <summary>The name of the perplexity on a text.</summary>
    /// <param name="text">Its windows.</param>
    /// <returns>The metric.</returns>
    public static string PerplexityOn(TokenWindows text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return $"perplexity on {text.Text.File}";
    }

    /// <summary>Perplexities and speed of the model as it is.</summary>
    /// <param name="path">Its folder or file.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <returns>The perplexities, bits per weight of the linear maps, and measured speed.</returns>
    public IReadOnlyDictionary<string, double> Whole(string path, CancellationToken cancellation = default)
    {
        var bits = 8.0 * model.Graph.Sites.Sum(site => model.GetWeight(site.Weight).ByteLength) / model.Graph.Sites.Sum(site => site.WeightCount);
        return Evaluate(model, path, cancellation).Append(KeyValuePair.Create(BitsPerWeight, bits)).ToDictionary();
    }

    /// <summary>Measures a configuration.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="pool">Threads for making the model.</param>
    /// <param name="progress">Told how far that is.</param>
    /// <param name="cancellation">Stops it; what is finished of the model is kept for the next time.</param>
    /// <returns>A value for each of <see cref="Metrics"/>.</returns>
    /// <exception cref="RecipeException">The configuration does not fit the model.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<string, double> Measure(SdqOptions options, ComputePool? pool = null, IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var name = SdqSpace.Space.Format(SdqSpace.Of(options));
        var folder = Path.Combine(workFolder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]);
        try
        {
            var report = new CompressionRunner(model, grid.ToRecipe(options)).Run(folder, overwrite: true, pool, progress, cancellation);
            using var small = Model.Open(folder);
            var stored = report.Parameters.Where(parameter => parameter.Format == options.Format.Type).ToList();
            var counts = model.Graph.Sites.ToDictionary(site => site.Name + ".weight", site => site.WeightCount, StringComparer.Ordinal);
            var metrics = Evaluate(small, folder, cancellation).ToDictionary();
            metrics[BitsPerWeight] = stored.Sum(parameter => parameter.BitsPerWeight * counts[parameter.Name]) / stored.Sum(parameter => counts[parameter.Name]);
            metrics[ModelledThroughput] = SdqMath.ModelledThroughput(options.Format);
            return metrics;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private EngineOptions SpeedEngine => engine.Activations == ActivationPrecision.Matched ? engine with { Activations = ActivationPrecision.Int8 } : engine;

    private List<KeyValuePair<string, double>> Evaluate(Model small, string path, CancellationToken cancellation)
    {
        var values = new List<KeyValuePair<string, double>>();
        using (var runtime = new InferenceEngine(small, engine))
        {
            var evaluator = new PerplexityEvaluator(small, runtime);
            foreach (var text in texts) values.Add(KeyValuePair.Create(PerplexityOn(text), evaluator.Evaluate(text, null, cancellation).Perplexity));
        }

        values.Add(KeyValuePair.Create(DecodeTokensPerSecond, SpeedMeter.Measure(() => Model.Open(path), speed with { Engine = SpeedEngine }, cancellation).DecodeTokensPerSecond));
        return values;
    }
}
