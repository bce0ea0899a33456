using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>The small sample model with the windows that the published code was recorded on.</summary>
internal sealed class RecordedStories : IDisposable
{
    public const int Length = 256;
    private readonly Model _model = Model.Open(SharedFiles.InRepository("models", "stories260K"));

    public RecordedStories()
    {
        Trainable = TrainableModel.From(_model, new TrainableOptions { IsFrozen = true });
        Engine = new GradientEngine(Trainable, new GradientOptions { Threads = 1 });
    }

    public TrainableModel Trainable { get; }

    public GradientEngine Engine { get; }

    public static int[] Calibration { get; } = SharedFiles.Root is null ? [] : Read("surgeon-stories260K-calibration.safetensors");

    public static int[] Test { get; } = SharedFiles.Root is null ? [] : Read("surgeon-stories260K-test.safetensors");

    public static JsonArray Records { get; } =
        SharedFiles.Root is null ? [] : JsonNode.Parse(File.ReadAllText(SharedFiles.Path("reference", "surgeon-stories260K.json")))!.AsArray();

    public static JsonObject Record(string tag, string structure, double target) => Records.Select(record => record!.AsObject())
        .Single(record => (string?)record["tag"] == tag && (string?)record["structure"] == structure && (double)record["target"]! == target);

    public static int[] Targets(int[] tokens) => [.. tokens.Select((_, i) => (i + 1) % Length == 0 ? -1 : tokens[i + 1])];

    public double Perplexity()
    {
        var (sum, count) = (0.0, 0L);
        for (var start = 0; start < Test.Length; start += 8 * Length)
        {
            var part = Test[start..(start + 8 * Length)];
            var loss = Engine.Loss(part, Targets(part), Length);
            (sum, count) = (sum + loss.CrossEntropy, count + loss.Tokens);
        }

        return Math.Exp(sum / count);
    }

    public void Dispose()
    {
        Engine.Dispose();
        Trainable.Dispose();
        _model.Dispose();
    }

    private static int[] Read(string name)
    {
        using var file = SafetensorsFile.Open(SharedFiles.Path("reference", name));
        var tensor = file.Tensors["input_ids"];
        var ids = new int[tensor.ElementCount];
        for (long row = 0; row < tensor.Rows; row++)
        {
            var bytes = tensor.RowBytes(row);
            for (var i = 0; i < tensor.Columns; i++) ids[row * tensor.Columns + i] = (int)BitConverter.ToInt64(bytes.Slice(8 * i, 8));
        }

        return ids;
    }
}
