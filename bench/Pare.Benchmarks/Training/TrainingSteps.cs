using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarks.Comparison;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Benchmarks.Training;

/// <summary>Rate of training steps beside that of matrix products in the same run: <c>training-step MODEL [--batch 8] [--window 512] [--steps 5] [--threads 2] [--lora RANK] [--activation-memory MiB]</c>.</summary>
/// <remarks>
/// A step's work is counted as 6 · parameters · tokens, 8 where blocks run forward twice, plus attention's six products over the keys before each token.
/// A product of 2048³ and a step are measured in turn; medians.
/// </remarks>
internal static unsafe class TrainingSteps
{
    private const int Size = 2048;

    public static int Run(string[] args)
    {
        if (args.Length == 0) throw new ArgumentException("training-step needs a model, or a folder with config.json and a tokenizer");
        var options = new Dictionary<string, string>();
        for (var i = 1; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
        var (batch, window, steps) = (Whole("--batch", 8), Whole("--window", 512), Whole("--steps", 5));
        var scratch = ModelFolder.IsConfigurationOnly(args[0]);
        using var source = scratch ? null : Model.Open(args[0]);
        var lora = options.ContainsKey("--lora") ? new LoraOptions { Rank = Whole("--lora", 16) } : null;
        using var model = source is null ? TrainableModel.Initialize(ModelFolder.ReadConfig(args[0]), 1) : TrainableModel.From(source, new TrainableOptions { Lora = lora });
        using var engine = new GradientEngine(model, new GradientOptions { Threads = Whole("--threads", 2), ActivationBytes = (long)Whole("--activation-memory", 2048) << 20 });
        using var optimizer = new AdamW(model.Tensors, new AdamWOptions(), engine.Pool);
        var norm = new GradientNorm(model.Tensors);
        var random = new Random(1);
        int[] tokens = [.. Enumerable.Range(0, batch * window).Select(_ => random.Next(model.Config.VocabularySize))];
        int[] targets = [.. tokens.Skip(1), -1];
        using var a = new NativeBuffer<float>(Size * Size);
        using var b = new NativeBuffer<float>(Size * Size);
        using var c = new NativeBuffer<float>(Size * Size);
        var (products, forward, optimize, seconds) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var i = -1; i < steps; i++)
        {
            var clock = Stopwatch.StartNew();
            Gemm.Multiply(engine.Pool, false, true, Size, Size, Size, 1, a.Pointer, Size, b.Pointer, Size, 0, c.Pointer, Size);
            var product = clock.Elapsed.TotalSeconds;
            clock.Restart();
            model.ClearGradients();
            engine.Accumulate(tokens, targets, window, 1f / tokens.Length);
            var gradient = clock.Elapsed.TotalSeconds;
            optimizer.Step(1e-5, norm.Compute(engine.Pool));
            var step = clock.Elapsed.TotalSeconds;
            clock.Restart();
            engine.Loss(tokens, targets, window);
            if (i < 0) continue;
            products.Add(2e-9 * Size * Size * Size / product);
            forward.Add(clock.Elapsed.TotalSeconds);
            optimize.Add(step - gradient);
            seconds.Add(step);
        }

        var config = model.Config;
        var parameters = model.Graph.ParameterCount - (config.TieWordEmbeddings ? 0 : (long)config.VocabularySize * config.EmbeddingSize);
        var count = (double)batch * window;
        // Frozen weights have no gradient of their own.
        var perParameter = (lora is null ? 6 : 4) + (engine.Recomputes ? 2 : 0);
        var attention = config.Layers.Sum(layer => layer.HasAttention ? 4.0 * layer.QuerySize * (window + 1) / 2 * (engine.Recomputes ? 4 : 3) : 0);
        var rate = count * (perParameter * parameters + attention) / Median(seconds) / 1e9;
        var machine = MachineRecord.Here();
        Console.WriteLine($"{args[0]}: {parameters} parameters, {batch} × {window} tokens, {engine.Pool.Threads} threads, {machine.Processor} ({Gemm.KernelName}), commit {machine.Commit}, load {machine.LoadAverage}");
        Console.WriteLine($"tokens/s {count / Median(seconds):F0}; step {Median(seconds):F3} s, of it forward alone {Median(forward):F3} s, optimizer {Median(optimize):F3} s");
        Console.WriteLine($"{rate:F1} GFLOP/s of {Median(products):F1} (2048³): {100 * rate / Median(products):F0} %; counted {perParameter} · parameters · tokens and attention{(engine.Recomputes ? ", blocks run twice" : "")}");
        Console.WriteLine($"activations {ActivationMemory.Of(model.Graph, window, batch, (long)Whole("--activation-memory", 2048) << 20, teacher: false).Bytes / 1e9:F2} GB, weights and gradients {model.Bytes / 1e9:F2} GB, optimizer {optimizer.StateBytes / 1e9:F2} GB ({(double)optimizer.StateBytes / model.TrainableCount:F1} bytes per trained number)");
        return 0;

        int Whole(string name, int otherwise) => options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
