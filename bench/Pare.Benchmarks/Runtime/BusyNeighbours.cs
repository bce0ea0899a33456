using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarks.Comparison;

namespace Pare.Benchmarks.Runtime;

/// <summary>Decoding beside other programs that never rest: <c>neighbours MODEL.gguf [ROUNDS]</c>. Pare with free and with pinned threads and llama.cpp with free ones, in turn.</summary>
internal static class BusyNeighbours
{
    private const int Tokens = 16;

    public static int Run(string[] args)
    {
        if (args is ["spin"])
        {
            while (true) Thread.SpinWait(1000);
        }

        if (args.Length is < 1 or > 2)
        {
            Console.Error.WriteLine("usage: neighbours MODEL.gguf [ROUNDS]");
            return 2;
        }

        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
        Console.WriteLine("| threads | busy neighbours | Pare, free | Pare, pinned | llama.cpp, free |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var threads in new[] { 1, Environment.ProcessorCount, Environment.ProcessorCount + 1 })
        {
            var options = ComparisonOptions.Parse(["--model", args[0], "--threads", Math.Min(threads, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture)]);
            options.Threads = threads;
            using var free = new PareEngine(args[0], 256, options, pinned: false);
            using var pinned = new PareEngine(args[0], 256, options);
            // With more threads than processors llama.cpp's spinning threads need minutes for what takes a second.
            using var llama = threads > Environment.ProcessorCount ? null : new LlamaEngine(args[0], threads, 256, flashAttention: true, pinned: false);
            IComparedEngine[] engines = llama is null ? [free, pinned] : [free, pinned, llama];
            foreach (var engine in engines) engine.Prefill([.. Enumerable.Range(100, 32)]);
            for (var busy = 0; busy <= Environment.ProcessorCount; busy++) Measure(threads, busy, rounds, engines);
        }

        return 0;
    }

    private static void Measure(int threads, int busy, int rounds, IComparedEngine[] engines)
    {
        var neighbours = Enumerable.Range(0, busy).Select(_ => Start()).ToList();
        try
        {
            // Until the neighbours' runtimes have started and only spin.
            if (busy > 0) Thread.Sleep(500);
            var speeds = engines.Select(_ => new List<double>()).ToArray();
            for (var round = -1; round < rounds; round++)
            {
                for (var i = 0; i < engines.Length; i++)
                {
                    var speed = Speed(engines[i]);
                    if (round >= 0) speeds[i].Add(speed);
                }
            }

            Console.WriteLine($"| {threads} | {busy} | {string.Join(" | ", speeds.Select(samples => Quartiles.Of(samples).Text("F1")))}{(engines.Length < 3 ? " | not run" : "")} |");
        }
        finally
        {
            foreach (var neighbour in neighbours)
            {
                neighbour.Kill();
                neighbour.WaitForExit();
                neighbour.Dispose();
            }
        }
    }

    private static double Speed(IComparedEngine engine)
    {
        engine.Truncate(32);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Tokens; i++) engine.Decode(200 + i);
        var speed = Tokens / clock.Elapsed.TotalSeconds;
        engine.Rest();
        return speed;
    }

    private static Process Start() =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(BusyNeighbours).Assembly.Location, "neighbours", "spin"])) ?? throw new InvalidOperationException("a neighbour does not start");
}
