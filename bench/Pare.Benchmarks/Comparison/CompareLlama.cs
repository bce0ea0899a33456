using Pare.Evaluation.Speed;
using Pare.Interop;
using Pare.Numerics;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>The command <c>compare-llama</c>: Pare and the real llama.cpp on the same file, in turn, in one process.</summary>
internal static class CompareLlama
{
    public static int Run(string[] args)
    {
        ComparisonOptions options;
        try
        {
            options = ComparisonOptions.Parse(args);
        }
        catch (ArgumentException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(ComparisonOptions.Usage);
            return 2;
        }

        if (!LlamaLibrary.IsInstalledIn(SharedFiles.Repository))
        {
            Console.Error.WriteLine("llama.cpp is not installed: run npm ci --ignore-scripts in tests/interop (Linux, x64)");
            return 1;
        }

        var machine = MachineRecord.Here(options.Threads);
        if (machine.LoadAverage > 0.5) Console.Error.WriteLine($"other programs are running (load average {machine.LoadAverage:F1}): ratios will scatter, and spinning threads may collapse");
        var command = "dotnet run -c Release --project bench/Pare.Benchmarks -- compare-llama " + string.Join(' ', args.Select(Shown));
        using var files = new ComparedFiles(options);
        var results = files.Paths.Select(path => Compare(path, options)).ToList();
        var markdown = ComparisonReport.Markdown(machine, options, command, results);
        Console.WriteLine(markdown);
        if (options.Output is null) return 0;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Output))!);
        File.WriteAllText(options.Output + ".md", markdown);
        File.WriteAllText(options.Output + ".json", ComparisonReport.ToJson(machine, options, command, results));
        return 0;
    }

    private static ModelComparison Compare(string path, ComparisonOptions options)
    {
        var contextLength = Math.Max(options.Prompt, options.Depth + options.Generate);
        // Pools start their threads before anything binds this one, which takes the processor that they leave free: a thread inherits its starter's processors.
        using var pool = new ComputePool(options.Threads, pinned: true);
        using IComparedEngine ours = options.SelfCheck ? new LlamaEngine(path, options.Threads, contextLength, options.FlashAttention, options.LlamaBackend) : new PareEngine(path, contextLength, options);
        using var theirs = new LlamaEngine(path, options.Threads, contextLength, options.FlashAttention, options.LlamaBackend);
        var before = ThreadAffinity.Current();
        ThreadAffinity.Only(options.Threads - 1).Apply();
        try
        {
            var run = new InterleavedRun(ours, theirs, options, theirs.VocabularySize);
            var readings = new List<double>();
            Console.Error.WriteLine($"{Path.GetFileName(path)}: logits, decode, prefill");
            return new ModelComparison
            {
                File = path,
                FileBytes = new FileInfo(path).Length,
                BytesPerToken = ours.BytesPerToken,
                LargestLogProbabilityDifference = run.CompareLogits(),
                Decode = options.MeasuresDecode ? run.Decode(() => readings.Add(ReadBandwidth.Measure(pool))) : null,
                Prefill = options.MeasuresPrefill ? run.Prefill(() => readings.Add(ReadBandwidth.Measure(pool))) : null,
                Bandwidth = readings,
                Settings = [ours.Settings, theirs.Settings],
            };
        }
        finally
        {
            before?.Apply();
        }
    }

    // File names only: the folders of this machine say nothing to a reader.
    private static string Shown(string argument) => argument.Contains('/', StringComparison.Ordinal) && Path.Exists(argument) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(argument)) : argument;
}
