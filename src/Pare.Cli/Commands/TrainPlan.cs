using Pare.Formats;
using Pare.Models;
using Pare.Reports;
using Pare.Tokenization;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>What a training run would take, without tokenizing all of its text.</summary>
internal static class TrainPlan
{
    private const int SampleChars = 1 << 18;

    // Share of the measured rate of matrix products that a step reaches.
    private const double ComputeShare = 0.6;

    public static WorkPlan Of(TrainRequest request, ModelConfig config, Tokenizer tokenizer, Model? source)
    {
        var window = request.WindowOf(config);
        var tokens = request.Data.Sum(file => Tokens(file, tokenizer));
        var steps = request.StepsOf(tokens / window);
        var graph = new ModelGraph(config);
        var parameters = graph.ParameterCount;
        var lora = request.Trainable().Lora;
        var trained = lora is null ? parameters : graph.Sites.Where(site => lora.Roles.Contains(site.Role)).Sum(site => (long)lora.Rank * (site.Rows + site.Columns));
        var state = request.Optimizer == OptimizerKind.Muon ? 8 * parameters - 4 * graph.Sites.Sum(site => site.WeightCount) : 8 * trained;
        var frozen = request.StreamsBlocks ? parameters - graph.Sites.Sum(site => site.WeightCount) + graph.Sites.GroupBy(site => site.Layer).Max(block => block.Sum(site => site.WeightCount)) : parameters;
        var weights = sizeof(float) * (lora is null ? 2 * parameters : frozen + 2 * trained);
        using var teacher = request.Teacher is { } path ? Model.Open(path) : null;
        var (activations, again) = ActivationMemory.Of(graph, window, request.Batch, request.ActivationBytes, teacher is not null);
        using var speed = MachineSpeed.Measure(request.Threads);
        // Forward and gradient of the activations, and that of the trained weights; blocks that run again count once more.
        var perToken = (4.0 + (again ? 2 : 0)) * parameters + 2.0 * trained + 2.0 * (teacher?.Graph.ParameterCount ?? 0) + 12.0 * config.Layers.Sum(layer => layer.QuerySize) * window / 2;
        var seconds = steps * request.TokensPerStep(window) * perToken / (ComputeShare * speed.OperationsPerSecond);
        var checkpoint = 4 * trained + state;
        return new WorkPlan
        {
            What = $"train {request.Path} over {string.Join(", ", request.Data)} to {request.Output}",
            MemoryBytes = weights + state + activations + (long)(4 * tokens) + (teacher?.WeightBytes ?? 0) + (source?.WeightBytes ?? 0),
            DiskBytes = checkpoint * 3 + parameters * request.Format.BlockBytes(),
            Seconds = seconds,
            Notes =
            [
                $"{steps} steps of {request.TokensPerStep(window)} tokens: {Quantity.Number(steps * request.TokensPerStep(window), 3)} tokens, about {Quantity.Number(tokens, 3)} of them different",
                $"{Quantity.Number(trained, 3)} of {Quantity.Number(parameters, 3)} parameters are trained; optimizer state {Quantity.Bytes(state)}, activations {Quantity.Bytes(activations)}"
                    + (again ? ", with every block run forward twice (--activation-memory sets the limit)" : ""),
                $"a checkpoint takes {Quantity.Bytes(checkpoint)}; two are kept, and a third while it is written",
                "time rests on a quick measurement of matrix products, at 60 % of their rate, and leaves out validation",
            ],
        };
    }

    // By the tokens per byte of the beginning.
    private static double Tokens(string file, Tokenizer tokenizer)
    {
        using var reader = new StreamReader(file);
        var text = new char[SampleChars];
        var sample = new string(text, 0, reader.ReadBlock(text));
        var bytes = System.Text.Encoding.UTF8.GetByteCount(sample);
        return bytes == 0 ? 0 : (double)tokenizer.Encode(sample).Length / bytes * new FileInfo(file).Length;
    }
}
