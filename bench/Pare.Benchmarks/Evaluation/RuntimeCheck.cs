using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Benchmarks.Evaluation;

/// <summary>
/// <c>runtime-check MODEL FOLDER LEVEL [TOKENS]</c>: losses and logits of the first recorded window at this process's instruction level, for every weight format, cache and precision, on 1, 2 and 3 threads.
/// </summary>
/// <remarks>
/// Half of the tokens go through the model at once, the others one by one. Rows of float32 with a cache in F32 are held to the same weights widened to F32 and run so, within the foundation's bounds.
/// Caches in F16 and Q8_0 and int8 activations round; every row has to have the bits of the first level (FOLDER keeps its outcomes) and of one thread.
/// </remarks>
internal static class RuntimeCheck
{
    private static readonly string[] Formats = ["f32", "f16", "bf16", "q8_0", "q6_k", "q5_0", "q4_k", "q4_1", "q4_0"];
    private static readonly ElementType[] Caches = [ElementType.F32, ElementType.F16, ElementType.Q8_0];

    public static int Run(string[] args)
    {
        if (args is not ([_, _, _] or [_, _, _, _]))
        {
            Console.Error.WriteLine("usage: runtime-check MODEL FOLDER LEVEL [TOKENS]");
            return 2;
        }

        var (path, folder, level) = (args[0], args[1], args[2]);
        var count = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 48;
        var tokens = TokenWindows.FromFile(SharedFiles.Path("reference", "wikitext2-window0.safetensors"))[0][..count].ToArray();
        Directory.CreateDirectory(folder);
        var failures = 0;
        using var original = Model.Open(path);
        foreach (var format in Formats)
        {
            var file = Path.Combine(folder, format + ".gguf");
            if (!File.Exists(file)) ModelExporter.Export(original, file, new ExportOptions { Format = ElementTypes.Parse(format) });
            using var model = Model.Open(file);
            var exact = Outcome.KeptOr(Path.Combine(folder, $"{format}-widened-{count}"), () => Widened(model, folder, tokens));
            foreach (var activations in new[] { ActivationPrecision.Float32, ActivationPrecision.Int8 })
            {
                foreach (var cache in Caches)
                {
                    var runs = Enumerable.Range(1, 3).Select(threads => Outcome.Of(model, new EngineOptions { Threads = threads, KvCacheType = cache, Activations = activations }, tokens)).ToList();
                    var first = Outcome.KeptOr(Path.Combine(folder, $"{format}-{activations}-{cache}-{count}"), () => runs[0]);
                    failures += Row(level, format, activations, cache, count, runs, first, exact);
                }
            }
        }

        Console.Error.WriteLine(failures == 0 ? $"{level}: all agree" : $"{level}: {failures} rows do NOT agree");
        return failures == 0 ? 0 : 1;
    }

    private static int Row(string level, string format, ActivationPrecision activations, ElementType cache, int count, List<Outcome> runs, Outcome first, Outcome exact)
    {
        var sameThreads = runs.All(run => run.Hash == runs[0].Hash);
        var sameBits = runs[0].Hash == first.Hash;
        var isDefinition = activations == ActivationPrecision.Float32 && cache == ElementType.F32;
        var differences = runs[0].Differences(isDefinition ? exact : first);
        var rounding = runs[0].Differences(exact).Average();
        var near = !isDefinition || (differences.Max() < 2e-3 && differences.Average() < 1e-4);
        var agrees = sameThreads && near && sameBits;
        Console.WriteLine(string.Join('\t', level, format, activations.ToString().ToLowerInvariant(), cache.Name(), count.ToString(CultureInfo.InvariantCulture),
            Math.Exp(runs[0].Losses.Average()).ToString("F5", CultureInfo.InvariantCulture), differences.Max().ToString("e1", CultureInfo.InvariantCulture), differences.Average().ToString("e1", CultureInfo.InvariantCulture), isDefinition ? "" : rounding.ToString("e1", CultureInfo.InvariantCulture),
            sameBits ? "same bits" : "", sameThreads ? "1 = 2 = 3 threads" : "THREADS DIFFER", agrees ? "agrees" : "DOES NOT AGREE"));
        return agrees ? 0 : 1;
    }

    // The definition that needs none of the format's kernels: its weights as float32.
    private static Outcome Widened(Model model, string folder, ReadOnlySpan<int> tokens)
    {
        var file = Path.Combine(folder, "widened.gguf");
        ModelExporter.Export(model, file, new ExportOptions { Format = ElementType.F32, Overwrite = true });
        using var widened = Model.Open(file);
        return Outcome.Of(widened, new EngineOptions { Threads = 1 }, tokens);
    }

    private sealed record Outcome(double[] Losses, string Hash)
    {
        public static Outcome Of(Model model, EngineOptions options, ReadOnlySpan<int> tokens)
        {
            using var engine = new InferenceEngine(model, options);
            using var cache = engine.CreateCache(tokens.Length);
            var (width, vocabulary) = (engine.Config.HiddenSize, engine.Config.VocabularySize);
            var hidden = new float[tokens.Length * width];
            var half = tokens.Length / 2;
            engine.Forward(tokens[..half], cache, hidden.AsSpan(0, half * width));
            for (var i = half; i < tokens.Length; i++) engine.Forward(tokens.Slice(i, 1), cache, hidden.AsSpan(i * width, width));
            var logits = new float[tokens.Length * vocabulary];
            engine.Logits(hidden, tokens.Length, logits);
            var losses = new double[tokens.Length - 1];
            for (var i = 0; i < losses.Length; i++) losses[i] = Loss(logits.AsSpan(i * vocabulary, vocabulary), tokens[i + 1]);
            return new Outcome(losses, Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(logits.AsSpan()))));
        }

        public static Outcome KeptOr(string file, Func<Outcome> make)
        {
            if (File.Exists(file))
            {
                var lines = File.ReadAllLines(file);
                return new Outcome([.. lines[1..].Select(line => double.Parse(line, CultureInfo.InvariantCulture))], lines[0]);
            }

            var made = make();
            File.WriteAllLines(file, [made.Hash, .. made.Losses.Select(loss => loss.ToString("R", CultureInfo.InvariantCulture))]);
            return made;
        }

        public double[] Differences(Outcome other) => [.. Losses.Zip(other.Losses, (own, theirs) => Math.Abs(own - theirs))];

        private static double Loss(ReadOnlySpan<float> logits, int target)
        {
            var largest = TensorPrimitives.Max(logits);
            double sum = 0;
            foreach (var logit in logits) sum += Math.Exp(logit - largest);
            return largest + Math.Log(sum) - logits[target];
        }
    }
}
