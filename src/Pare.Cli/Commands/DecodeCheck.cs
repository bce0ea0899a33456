using Pare.Evaluation.Speed;
using Pare.Models;
using Pare.Runtime;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Runs a model that a search found, to set its time beside the table's.</summary>
internal static class DecodeCheck
{
    private const int Generated = 32;

    /// <summary>Milliseconds to decode a token as the table means it: behind as many tokens, activations in int8; the median of five runs.</summary>
    public static double Milliseconds(string path, int threads, CancellationToken cancellation)
    {
        var options = new BenchOptions { Prompt = LatencyMeasure.Context, PromptMayShrink = true, Generate = Generated, GenerateMayShrink = true, Engine = new EngineOptions { Threads = threads, Activations = ActivationPrecision.Int8 } };
        return 1000 / SpeedMeter.Measure(() => Model.Open(path), options, cancellation).DecodeTokensPerSecond;
    }
}
