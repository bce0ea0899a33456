using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pare.Benchmarks.Comparison;
using Pare.Formats;
using Pare.Interop;
using Pare.TestSupport;

namespace Pare.Benchmarks.Formats;

/// <summary>Decoding and encoding of weights on one thread, beside ggml's where it is installed, samples in turn: <c>codec [--samples N] [--types q8_0,q4_k] [--markdown FILE]</c>.</summary>
internal static class CodecComparison
{
    private const int Columns = 4096;
    private const int Rows = 8;
    private static readonly TimeSpan SampleLength = TimeSpan.FromMilliseconds(4);

    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
        var samples = int.Parse(options.GetValueOrDefault("--samples", "40"), CultureInfo.InvariantCulture);
        var types = options.TryGetValue("--types", out var list)
            ? list.Split(',').Select(ElementTypes.Parse).ToArray()
            : Enum.GetValues<ElementType>().Where(ElementTypes.IsWeightType).ToArray();
        var ggml = LlamaLibrary.IsInstalledIn(SharedFiles.Repository);
        if (ggml) LlamaLibrary.Load(SharedFiles.Repository);
        var machine = MachineRecord.Here();
        var table = new StringBuilder();
        table.AppendLine($"CPU: {machine.Processor} ({machine.VectorUnits}), load {machine.LoadAverage}, {machine.Runtime}; commit {machine.Commit}. One thread, {Rows} rows of {Columns} normal weights, {samples} samples in turn; median (best). Under a load above 1 only the best figures mean anything.");
        table.AppendLine();
        table.AppendLine("| type | decode, G weights/s | encode, M weights/s | ggml encodes | ratio of best |");
        table.AppendLine("|---|---|---|---|---|");
        foreach (var type in types)
        {
            table.AppendLine(Measure(type, samples, ggml));
            Console.WriteLine(table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        }

        if (options.TryGetValue("--markdown", out var file))
            File.WriteAllText(file, $"# Decoding and encoding of weights\n\nCommand: `dotnet run -c Release --project bench/Pare.Benchmarks -- codec --markdown FILE`.\n\n{table}");
        return 0;
    }

    private static string Measure(ElementType type, int samples, bool ggml)
    {
        var random = new Random(1);
        var weights = new float[Rows * Columns];
        for (var i = 0; i < weights.Length; i++) weights[i] = (float)(0.03 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var bytes = new byte[type.RowBytes(weights.Length)];
        var back = new float[weights.Length];
        var writes = WeightCodec.CanWrite(type);
        var compared = ggml && type.IsBlockFormat() ? Enum.Parse<GgmlType>(type.ToString()) : default;
        List<double> decoded = [], encoded = [], theirs = [];
        // Code is compiled anew while it runs; the first samples would measure that.
        for (var i = -100; i < samples; i++)
        {
            double? encode = writes ? Rate(() => WeightCodec.Quantize(type, weights, bytes)) : null;
            double? their = compared != default ? Rate(() => GgmlBase.Quantize(compared, weights, Columns)) : null;
            var decode = Rate(() => WeightCodec.Dequantize(type, bytes, back));
            if (i < 0) continue;
            decoded.Add(decode / 1e9);
            if (encode is { } ours) encoded.Add(ours / 1e6);
            if (their is { } other) theirs.Add(other / 1e6);
        }

        var ratio = encoded.Count > 0 && theirs.Count > 0 ? (encoded.Max() / theirs.Max()).ToString("F2", CultureInfo.InvariantCulture) : "";
        return $"| {type} | {Show(decoded, "F2")} | {Show(encoded, "F1")} | {Show(theirs, "F1")} | {ratio} |";
    }

    /// <summary>Weights per second over one sample.</summary>
    private static double Rate(Action pass)
    {
        var clock = Stopwatch.StartNew();
        var passes = 0;
        do
        {
            pass();
            passes++;
        }
        while (clock.Elapsed < SampleLength);
        return (double)passes * Rows * Columns / clock.Elapsed.TotalSeconds;
    }

    private static string Show(List<double> rates, string format)
    {
        if (rates.Count == 0) return "";
        rates.Sort();
        return $"{rates[rates.Count / 2].ToString(format, CultureInfo.InvariantCulture)} ({rates[^1].ToString(format, CultureInfo.InvariantCulture)})";
    }
}
