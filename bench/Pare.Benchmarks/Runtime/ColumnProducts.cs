using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarks.Comparison;
using Pare.Formats;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Products with one token whose activations are partly zero, with columns that lie apart and as usual, in turn: <c>columns ROWS COLUMNS FORMATS ZEROS MEGABYTES [THREADS [SECONDS]]</c>; lists are separated by commas. What is printed is how much faster columns are, by medians of paired rounds.</summary>
internal static unsafe class ColumnProducts
{
    // Different inputs, more than a processor remembers the zeros of.
    private const int Inputs = 61;

    public static int Run(string[] args)
    {
        if (args.Length < 5)
        {
            Console.Error.WriteLine("usage: columns ROWS COLUMNS FORMATS ZEROS MEGABYTES [THREADS [SECONDS]]");
            return 2;
        }

        var (rows, columns) = (int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));
        using var pool = new ComputePool(args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 2);
        var seconds = args.Length > 6 ? double.Parse(args[6], CultureInfo.InvariantCulture) : 1;
        foreach (var type in args[2].Split(',').Select(ElementTypes.Parse))
        {
            foreach (var megabytes in args[4].Split(',').Select(text => long.Parse(text, CultureInfo.InvariantCulture)))
            {
                using var usual = new RandomMaps(pool, type, rows, columns, megabytes << 20);
                using var apart = new RandomMaps(pool, type, rows, columns, megabytes << 20, WeightLayout.Columns);
                var gains = args[3].Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).Select(zeros => FormattableString.Invariant($"{zeros}: {Gain(pool, usual, apart, zeros, seconds):F2}"));
                Console.WriteLine($"{rows} × {columns} {type.Name()}, {megabytes} MB: {string.Join("  ", gains)}");
            }
        }

        return 0;
    }

    private static double Gain(ComputePool pool, RandomMaps usual, RandomMaps apart, double zeros, double seconds)
    {
        var columns = usual.Maps[0].Columns;
        using var quantized = new Int8Rows(1, columns);
        using var x = new NativeBuffer<float>((long)Inputs * columns);
        using var y = new NativeBuffer<float>(usual.Maps[0].Rows);
        var random = new Random(2);
        foreach (ref var number in x.Span) number = random.NextDouble() < zeros ? 0 : (float)random.NextDouble() - 0.5f;
        var (gains, next) = (new List<double>(), 0);
        var whole = Stopwatch.StartNew();
        while (whole.Elapsed.TotalSeconds < seconds)
        {
            var (one, other) = (Seconds(usual), Seconds(apart));
            next++;
            gains.Add(one / other);
        }

        return Quartiles.Of(gains).Median;

        double Seconds(RandomMaps maps)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < maps.Maps.Count; i++) maps.Maps[i].Multiply(pool, x.Pointer + (long)((next + i) % Inputs) * columns, 1, y.Pointer, quantized);
            return clock.Elapsed.TotalSeconds;
        }
    }
}
