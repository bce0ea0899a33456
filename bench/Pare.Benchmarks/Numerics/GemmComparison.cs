using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pare.Numerics;

namespace Pare.Benchmarks.Numerics;

/// <summary>GEMM beside OpenBLAS, samples in turn: <c>gemm [--samples N] [--threads 1,2] [--shapes MxNxK,…|training] [--alone yes] [--markdown FILE] [--commit NAME]</c>.</summary>
/// <remarks>
/// A shape is a product A·Bᵀ (a forward pass: M tokens, N outputs, K inputs); with an n behind it A·B (the gradient of the input: M tokens, N inputs, K outputs);
/// with a t Aᵀ·B added to C (the gradient of the weight: M outputs, N inputs, K tokens); with an s A·Bᵀ by one thread's entry.
/// </remarks>
internal static unsafe class GemmComparison
{
    private static readonly string[] DefaultShapes =
        ["2048x2048x2048", "2048x576x576", "2048x192x576", "2048x1536x576", "2048x576x1536", "2048x49152x576", "512x5632x2048", "256x512x64s", "256x64x512s", "64x2048x64s"];

    // Forward pass and both gradients of q, k, gate and down, and of the head, of the 5 M sample (4096 tokens a batch) and of the 135M model (2048).
    private static readonly string[] TrainingShapes =
    [
        "4096x256x256", "4096x256x256n", "256x256x4096t", "4096x128x256", "4096x256x128n", "128x256x4096t", "4096x512x256", "4096x256x512n", "512x256x4096t",
        "2048x4096x256", "2048x256x4096n", "4096x256x2048t", "2048x576x576", "2048x576x576n", "576x576x2048t", "2048x192x576", "2048x576x192n", "192x576x2048t",
        "2048x1536x576", "2048x576x1536n", "1536x576x2048t", "2048x576x1536", "2048x1536x576n", "576x1536x2048t", "170x49152x576", "170x576x49152n", "49152x576x170t",
    ];

    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
        var samples = int.Parse(options.GetValueOrDefault("--samples", "15"), CultureInfo.InvariantCulture);
        var shapes = options.TryGetValue("--shapes", out var list) ? list == "training" ? TrainingShapes : list.Split(',') : DefaultShapes;
        var threads = options.GetValueOrDefault("--threads", "1,2").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture));
        var blas = options.ContainsKey("--alone") ? null : OpenBlas.Load();
        var table = new StringBuilder();
        table.AppendLine($"CPU: {CpuName()}; our kernel: {Gemm.KernelName}; OpenBLAS: {blas?.CoreName ?? "absent"}; {samples} samples in turn; GFLOP/s as median (best).");
        table.AppendLine();
        table.AppendLine("| M × N × K (n: A·B, t: C + Aᵀ·B, s: one thread's entry) | threads | Pare | OpenBLAS | ratio of medians | ratio of best |");
        table.AppendLine("|---|---|---|---|---|---|");
        foreach (var count in threads)
        {
            using var pool = new ComputePool(count);
            blas?.SetThreads(count);
            foreach (var shape in shapes)
            {
                if (count > 1 && shape.EndsWith('s')) continue;
                table.AppendLine(Compare(shape, pool, blas, samples));
                Console.WriteLine(table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
            }
        }

        Console.WriteLine();
        Console.Write(table);
        if (options.TryGetValue("--markdown", out var file)) Write(file, options.GetValueOrDefault("--commit", "uncommitted"), table);
        return 0;
    }

    private static string Compare(string shape, ComputePool pool, OpenBlas? blas, int samples)
    {
        var serial = shape.EndsWith('s');
        var (left, right) = (shape.EndsWith('t'), !(shape.EndsWith('t') || shape.EndsWith('n')));
        var sizes = shape.TrimEnd('s', 'n', 't').Split('x').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var (m, n, k) = (sizes[0], sizes[1], sizes[2]);
        using var a = Filled((long)m * k);
        using var b = Filled((long)n * k);
        using var c = new NativeBuffer<float>((long)m * n);
        using var scratch = new NativeBuffer<float>(Gemm.SerialScratchLength(m, n, k));
        // A sample is at least 20 ms of work at 100 GFLOP/s.
        var repeats = Math.Max(1, (int)(2e9 * pool.Threads / (2.0 * m * n * k)));
        var ours = new List<double>();
        var theirs = new List<double>();
        for (var i = -2; i < samples; i++)
        {
            var clock = Stopwatch.StartNew();
            for (var r = 0; r < repeats; r++)
            {
                if (serial) Gemm.MultiplySerial(false, true, m, n, k, 1, a.Pointer, k, b.Pointer, k, 0, c.Pointer, n, scratch.Pointer);
                else if (left || !right) Gemm.Multiply(pool, left, right, m, n, k, 1, a.Pointer, left ? m : k, b.Pointer, n, left ? 1 : 0, c.Pointer, n);
                else Gemm.MultiplyTransposed(pool, a.Pointer, m, k, k, new DenseRows(b.Pointer, k), n, c.Pointer, n);
            }

            var mine = clock.Elapsed.TotalSeconds;
            clock.Restart();
            for (var r = 0; r < repeats; r++) blas?.Multiply(left, right, m, n, k, a.Pointer, b.Pointer, left ? 1 : 0, c.Pointer);
            var other = clock.Elapsed.TotalSeconds;
            // OpenBLAS's threads go on spinning for a while and would disturb what comes next.
            if (pool.Threads > 1) Thread.Sleep(150);
            if (i < 0) continue;
            ours.Add(2e-9 * m * n * k * repeats / mine);
            theirs.Add(2e-9 * m * n * k * repeats / other);
        }

        if (blas is null) return $"| {shape} | {pool.Threads} | {Median(ours):F1} ({ours.Max():F1}) | | | |";
        return $"| {shape} | {pool.Threads} | {Median(ours):F1} ({ours.Max():F1}) | {Median(theirs):F1} ({theirs.Max():F1}) | {Median(ours) / Median(theirs):F2} | {ours.Max() / theirs.Max():F2} |";
    }

    private static void Write(string file, string commit, StringBuilder table)
    {
        var text = $"# Float32 GEMM beside OpenBLAS\n\nCommand: `dotnet run -c Release --project bench/Pare.Benchmarks -- gemm --markdown FILE`; commit {commit}.\n\n{table}";
        File.WriteAllText(file, text);
    }

    private static NativeBuffer<float> Filled(long length)
    {
        var buffer = new NativeBuffer<float>(length);
        var random = new Random(1);
        for (long i = 0; i < length; i++) buffer.Pointer[i] = random.NextSingle() - 0.5f;
        return buffer;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string CpuName() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown"
            : "unknown";
}
