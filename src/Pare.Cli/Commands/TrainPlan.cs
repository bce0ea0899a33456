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
        var parameters = new ModelGraph(config).ParameterCount;
        using var model = source is null ? TrainableModel.Initialize(config, request.Seed) : TrainableModel.From(source, request.Trainable());
        using var engine = new GradientEngine(model, new GradientOptions { Threads = 1, ActivationBytes = request.ActivationBytes });
        var (activations, again) = engine.ActivationMemory(window, request.Batch, request.Teacher is not null);
        var trained = model.TrainableCount;
        using var speed = MachineSpeed.Measure(request.Threads);
        // Forward and gradient of the activations, and that of the trained weights; blocks that run again count once more.
        var perToken = (4.0 + (again ? 2 : 0)) * parameters + 2.0 * (request.LoraRank is null ? parameters : trained) + 12.0 * config.Layers.Sum(layer => layer.QuerySize) * window / 2;
        var seconds = steps * request.TokensPerStep(window) * perToken / (ComputeShare * speed.OperationsPerSecond);
        var checkpoint = 12 * trained;
        return new WorkPlan
        {
            What = $"train {request.Path} over {string.Join(", ", request.Data)} to {request.Output}",
            MemoryBytes = model.Bytes + 8 * trained + activations + (long)(4 * tokens),
            DiskBytes = checkpoint * 3 + parameters * 2,
            Seconds = seconds,
            Notes =
            [
                $"{steps} steps of {request.TokensPerStep(window)} tokens: {Quantity.Number(steps * request.TokensPerStep(window), 3)} tokens, about {Quantity.Number(tokens, 3)} of them different",
                $"{Quantity.Number(trained, 3)} of {Quantity.Number(parameters, 3)} parameters are trained; optimizer state {Quantity.Bytes(8 * trained)}, activations {Quantity.Bytes(activations)}"
                    + (again ? ", with every block run forward twice (--activation-memory sets the limit)" : ""),
                $"a checkpoint takes {Quantity.Bytes(checkpoint)}; two are kept, and a third while it is written",
                "time rests on a quick measurement of matrix products, at 60 % of their rate",
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
