using System.Globalization;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Benchmarks.Evaluation;

/// <summary>Compares whole evaluations of the 135M model with the recorded figures: hours of work that the test suite only samples.</summary>
internal static class ReferenceCheck
{
    private const string Usage = "reference-check [window|perplexity|tasks]... [--out FILE.md] [--state FOLDER] [--threads N] [--only NAME]: compares the 135M model with ../shared/reference";

    public static int Run(string[] args)
    {
        var parts = new List<string>();
        string? output = null;
        string? only = null;
        var state = Path.Combine(Path.GetTempPath(), "pare-reference-check");
        var threads = 0;
        for (var i = 0; i < args.Length; i++)
        {
            var hasValue = i + 1 < args.Length;
            if (args[i] == "--out" && hasValue) output = args[++i];
            else if (args[i] == "--state" && hasValue) state = args[++i];
            else if (args[i] == "--only" && hasValue) only = args[++i];
            else if (args[i] == "--threads" && hasValue) threads = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] is "window" or "perplexity" or "tasks") parts.Add(args[i]);
            else return Fail(Usage);
        }

        if (SharedFiles.Root is null) return Fail("the shared folder with the recorded figures is absent (PARE_SHARED names another place)");
        if (parts.Count == 0) parts.AddRange(["window", "perplexity", "tasks"]);
        Directory.CreateDirectory(state);
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = threads });
        var report = new CheckReport(output);
        foreach (var part in parts)
        {
            if (part == "window") WindowCheck.Run(engine, report);
            else if (part == "perplexity") PerplexityCheck.Run(model, engine, report, state, only);
            else TaskCheck.Run(model, engine, report, only);
        }

        return report.Failures == 0 ? 0 : 1;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
