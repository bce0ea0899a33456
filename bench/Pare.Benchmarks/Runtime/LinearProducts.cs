using System.Diagnostics;
using System.Globalization;
using Pare.Formats;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Products of one shape in every weight format, for 1, 8 and 512 tokens: <c>linear [ROWS COLUMNS [THREADS [FORMATS [MEGABYTES [TOKENS]]]]]</c>. The fastest round counts; matrices of so many megabytes (256) are multiplied in turn.</summary>
internal static unsafe class LinearProducts
{
    private const double Seconds = 0.5;
    private static readonly ElementType[] Types =
        [ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.Q8_0, ElementType.Q6_K, ElementType.Q5_0, ElementType.Q4_K, ElementType.Q4_1, ElementType.Q4_0,
         .. new[] { "2:4-int8", "2:4-int4", "2:4-fp4", "6:8-fp4+1:8-int8", "4:8-fp4+2:8-int8", "8:8-fp4" }.Select(ElementTypes.Parse)];

    public static int Run(string[] args)
    {
        var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5632;
        var columns = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2048;
        var threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        var types = args.Length > 3 ? [.. args[3].Split(',').Select(ElementTypes.Parse)] : Types;
        var megabytes = args.Length > 4 ? long.Parse(args[4], CultureInfo.InvariantCulture) : 256;
        int[] tokenCounts = args.Length > 5 ? [.. args[5].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))] : [1, 8, 512];
        Console.WriteLine("format           tokens  GB/s of weights  10⁹ products/s");
        using var pool = new ComputePool(threads);
        foreach (var type in types) Measure(pool, type, rows, columns, megabytes << 20, tokenCounts);
        return 0;
    }

    private static void Measure(ComputePool pool, ElementType type, int rows, int columns, long workingSet, int[] tokenCounts)
    {
        var random = new Random(1);
        using var randomMaps = new RandomMaps(pool, type, rows, columns, workingSet);
        var maps = randomMaps.Maps;
        foreach (var tokens in tokenCounts)
        {
            using var quantized = new Int8Rows(tokens, columns);
            using var x = new NativeBuffer<float>((long)tokens * columns);
            using var y = new NativeBuffer<float>((long)tokens * rows);
            foreach (ref var number in x.Span) number = (float)random.NextDouble() - 0.5f;
            var seconds = new List<double>();
            var products = tokens > 8 ? 1 : maps.Count;
            var fastest = double.PositiveInfinity;
            var whole = Stopwatch.StartNew();
            while (whole.Elapsed.TotalSeconds < Seconds)
            {
                var clock = Stopwatch.StartNew();
                for (var i = 0; i < products; i++) maps[i].Multiply(pool, x.Pointer, tokens, y.Pointer, quantized);
                fastest = Math.Min(fastest, clock.Elapsed.TotalSeconds / products);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type.Name(),-16} {tokens,6} {maps[0].WeightBytes / fastest / 1e9,16:F1} {(double)tokens * rows * columns / fastest / 1e9,16:F0}"));
        }
    }
}
