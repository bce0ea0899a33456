using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarks.Comparison;
using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Decoding a model with activation thresholds, weights of zeros left out, in turn with the same model without thresholds: <c>activity MODEL|SHAPE:FORMAT RULE LEVEL GROUP [SECONDS [THREADS]]</c>.</summary>
/// <remarks>A model is decoded behind 32 tokens. Thresholds are found on 2 windows of 32 random tokens; the zeros printed are those of the tokens decoded.</remarks>
internal sealed class ActivitySpeed : IDisposable
{
    private const int Prompt = 32, Steps = 8;
    private readonly InferenceEngine _engine;
    private readonly KvCache _cache;
    private readonly float[] _hidden;
    private readonly float[] _logits;

    private ActivitySpeed(Model model, EngineOptions options)
    {
        _engine = new InferenceEngine(model, options);
        _cache = _engine.CreateCache(Prompt + Steps);
        _hidden = new float[Prompt * _engine.Config.HiddenSize];
        _logits = new float[_engine.Config.VocabularySize];
        _engine.Forward(Tokens(model, Prompt, 3), _cache, _hidden);
    }

    public static int Run(string[] args)
    {
        if (args.Length < 4)
        {
            Console.Error.WriteLine("usage: activity MODEL|SHAPE:FORMAT RULE|predicted|none LEVEL GROUP [SECONDS [THREADS]]");
            return 2;
        }

        var seconds = args.Length > 4 ? double.Parse(args[4], CultureInfo.InvariantCulture) : 30;
        var options = new EngineOptions { Threads = args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 2, Activations = ActivationPrecision.Int8 };
        using var model = args[0].Split(':') is [var shape, var format] ? RandomModel.Create(ModelShape.Find(shape), ElementTypes.Parse(format)) : Model.Open(args[0]);
        var isPredicted = args[1] == "predicted";
        var thresholds = args[1] == "none" ? null : isPredicted ? Predicted(model, double.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture)) : Thresholds(model, new RecipeStep(args[1], args[2], args[3]), options.Threads);
        using var dense = new ActivitySpeed(model, options with { SkipsZeros = false, Thresholds = new ActivationSparsity("none", null, 1, model.Config.Layers.Count) });
        using var sparse = new ActivitySpeed(model, options with { Thresholds = thresholds, PredictsNeurons = isPredicted });
        Measure(string.Join(' ', args), dense, sparse, seconds);
        return 0;
    }

    public void Dispose()
    {
        _cache.Dispose();
        _engine.Dispose();
    }

    private static void Measure(string name, ActivitySpeed dense, ActivitySpeed sparse, double seconds)
    {
        List<double> all = [], some = [], gain = [];
        var clock = Stopwatch.StartNew();
        for (var round = -1; round < 3 || clock.Elapsed.TotalSeconds < seconds; round++)
        {
            if (round == 0) sparse._engine.ResetActivity();
            var (one, other) = (dense.Rate(), sparse.Rate());
            if (round < 0) continue;
            all.Add(one);
            some.Add(other);
            gain.Add(other / one);
        }

        Console.WriteLine("| run | rounds | tokens/s dense | with zeros left out | gain (quartiles) | MB of weights read | of | zeros |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var paired = Quartiles.Of(gain);
        var zeros = string.Join(", ", sparse._engine.CountedSparsity().Select(site => string.Create(CultureInfo.InvariantCulture, $"{site.Site} {100 * site.Zeros:F0} %")));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {all.Count} | {Quartiles.Of(all).Median:F1} | {Quartiles.Of(some).Median:F1} | {paired.Median:F2} ({paired.Lower:F2}–{paired.Upper:F2}) | {sparse._engine.BytesReadPerToken / 1e6:F0} | {dense._engine.WeightBytesPerToken / 1e6:F0} | {zeros} |"));
    }

    private static ActivationSparsity Thresholds(Model model, RecipeStep step, int threads)
    {
        var file = Path.GetTempFileName();
        using var pool = new ComputePool(threads);
        try
        {
            int[] ids = [.. Tokens(model, Prompt, 1), .. Tokens(model, Prompt, 2)];
            SafetensorsWriter.Write(file, [OutgoingTensor.FromBytes("input_ids", ElementType.I32, [2, Prompt], System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(ids).ToArray())]);
            var windows = TokenWindows.FromFile(file);
            var options = (ActivationSparsityOptions)Recipe.Parse($"passes: [{{ method: activation-sparsity, rule: {step.Rule}, level: {step.Level}, group: {step.Group} }}]").Passes[0];
            var pass = new ActivationSparsityPass(options, model.Config, "passes[0]");
            using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
            for (var i = 0; i < model.Config.Layers.Count; i++)
            {
                using var edit = new BlockEdit(model.FindWeight, model.Graph, i);
                using var block = new DecoderBlock(model, i);
                if (pass.IsCalibrated) stream.Watch(block, i, pass.Watch(edit, stream.Tokens), default);
                var index = i;
                if (pass.IsCalibrated) pass.Try(edit, new BlockTrial(stream, block, index, default), pool);
                pass.Apply(edit, pool);
                stream.Advance(block, i, default);
            }

            return pass.Result;
        }
        finally
        {
            File.Delete(file);
        }
    }

    // For speed only: random predictors of which about the wanted share says no.
    private static ActivationSparsity Predicted(Model model, double level, int group)
    {
        const int Rank = 128;
        var random = new SeededRandom(6);
        var sparsity = new ActivationSparsity("predicted", level, group, model.Config.Layers.Count);
        var (low, high) = (-8.0, 8.0);
        for (var i = 0; i < 60; i++) (low, high) = NormalShare((low + high) / 2) < level ? ((low + high) / 2, high) : (low, (low + high) / 2);
        for (var layer = 0; layer < model.Config.Layers.Count; layer++)
        {
            var (inputs, groups) = (model.Config.HiddenSize, model.Config.Layers[layer].FfnSize / group);
            var first = Enumerable.Range(0, Rank * inputs).Select(_ => (Half)(random.NextGaussian() / Math.Sqrt(inputs))).ToArray();
            var second = Enumerable.Range(0, Rank * groups).Select(_ => (Half)(random.NextGaussian() / Math.Sqrt(Rank))).ToArray();
            sparsity[layer, ActivationSite.Activation] = new SiteThreshold { Value = 0 };
            sparsity.SetPredictor(layer, new NeuronPredictor(first, second, Enumerable.Repeat((float)-low, groups).ToArray(), Rank));
        }

        return sparsity;
    }

    private static double NormalShare(double x)
    {
        double sum = 0;
        for (var y = -8.0; y < x; y += 0.001) sum += Math.Exp(-y * y / 2) * 0.001;
        return sum / Math.Sqrt(2 * Math.PI);
    }

    private static int[] Tokens(Model model, int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt(model.Config.VocabularySize))];
    }

    private double Rate()
    {
        var hidden = _hidden.AsSpan(0, _engine.Config.HiddenSize);
        var token = new int[1];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Steps; i++)
        {
            _cache.Truncate(Prompt);
            token[0] = 17 + 101 * i;
            _engine.Forward(token, _cache, hidden);
            _engine.Logits(hidden, 1, _logits);
        }

        return Steps / clock.Elapsed.TotalSeconds;
    }

    private sealed record RecipeStep(string Rule, string Level, string Group);
}
