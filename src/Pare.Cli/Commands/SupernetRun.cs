using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare supernet</c>.</summary>
internal static class SupernetRun
{
    private const int UsualWindow = 512;

    public static int Run(SupernetRequest request, ResultWriter results)
    {
        OutputPath.Check(request.Output, request.Force);
        TrainedModelWriter.Check(request.Output, request.Force);
        foreach (var file in request.Data.Concat(request.Validation))
            if (!File.Exists(file)) throw new FileNotFoundException($"{file}: there is no such text file");
        if (!request.IsResumed && Trainer.HasCheckpoints(request.TrainingFolder))
            throw new TrainingException($"{request.TrainingFolder} holds checkpoints of an earlier run; go on with --resume, or remove that folder to start anew");
        using var model = Model.Open(request.Path);
        var space = request.Space.Resolve(model.Config);
        // Values that the model does not admit are refused before any work.
        _ = new SubNetworkSpace(model.Config, space, ImportanceOrder.Unsorted(model.Config).Layers);
        var window = request.Window ?? Math.Min(UsualWindow, model.Config.MaxPositionEmbeddings);
        var by = request.Order.For(model);
        var windows = by.NeedsText || request.Sampler == "calibrated" ? TokenWindows.FromText(model.Tokenizer, request.Calibration ?? request.Data[0], TextProtocol.Plain, window, request.CalibrationWindows) : null;
        var order = by.Find(model, windows, results);
        var folder = request.SortedFolder;
        using (var pool = new ComputePool(request.Threads)) SubNetworkModel.Write(model, SubNetwork.Whole(model.Config), order, folder, overwrite: true, pool, null, results.Terminal.Cancellation);
        using (var sorted = Model.Open(folder)) Train(request, sorted, new SubNetworkSpace(model.Config, space, order.Layers), order, by, windows, window, results);
        Directory.Delete(folder, recursive: true);
        return Program.Done;
    }

    private static void Train(SupernetRequest request, Model sorted, SubNetworkSpace space, ImportanceOrder order, OrderRequest by, TokenWindows? windows, int window, ResultWriter results)
    {
        var cancellation = results.Terminal.Cancellation;
        var grid = Grid(request, sorted, space, windows, results);
        var data = TokenDataset.Load(request.Data, sorted.Tokenizer, window, sorted.Config.VocabularySize, new TrainingTextOptions(), null, cancellation);
        var validation = request.Validation.Count == 0 ? null : TokenDataset.Load(request.Validation, sorted.Tokenizer, window, sorted.Config.VocabularySize, new TrainingTextOptions(), null, cancellation);
        var options = new TrainerOptions
        {
            BatchSize = request.Batch,
            Accumulation = request.Accumulation,
            Seed = request.Seed,
            CheckpointEvery = request.CheckpointEvery,
            Loss = request.Training.Super,
            Schedule = new LearningRateSchedule { Peak = request.LearningRate ?? (request.LoraRank is null ? 5e-5 : 2e-4), Steps = request.Steps, WarmupSteps = Math.Min(200, request.Steps / 20) },
        };
        using var trainable = TrainableModel.From(sorted, new TrainableOptions { Seed = request.Seed, Lora = request.LoraRank is { } rank ? new LoraOptions { Rank = rank, Alpha = 2 * rank } : null });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = request.Threads });
        var sampler = grid is null ? "random" : string.Join(' ', grid.Select(space.Space.Format));
        using var objective = new SuperNetworkObjective(engine, random => space.ToSubNetwork(grid is null ? space.Space.Sample(random) : grid[random.NextInt(grid.Count)]), sampler, request.Training);
        var start = $"{ModelFingerprint.Of(request.SortedFolder)} lora {request.LoraRank}";
        var result = results.Progress("supernet", line => new Trainer(engine, data, validation, options, null, objective).Run(request.TrainingFolder, start, request.IsResumed,
            step => line.Report("", step.Step, options.Schedule.Steps, step.Loss is { } loss ? $"loss {Quantity.Fixed(loss, 3)}, {Quantity.Number(step.TokensPerSecond, 3)} tokens/s" : ""), cancellation));
        if (!result.IsComplete)
        {
            results.Note($"stopped after step {result.Steps} of {request.Steps}; the same command with --resume goes on from there");
            throw new OperationCanceledException();
        }

        var json = new JsonObject
        {
            ["layers"] = new JsonArray([.. order.Layers.Select(layer => (JsonNode)layer)]),
            ["order"] = by.Order,
            ["objective"] = objective.Describe(),
            ["data"] = data.Fingerprint,
            ["steps"] = result.Steps,
            ["tokens"] = result.Tokens,
            ["learningRate"] = options.Schedule.Peak,
            ["loraRank"] = request.LoraRank,
        };
        if (result.ValidationLoss is { } validated) json["validationPerplexity"] = Math.Exp(validated);
        TrainedModelWriter.Write(trainable, sorted, null, request.Output, request.Force, ElementType.BF16, new JsonObject { [OrderRequest.SuperNetworkKey] = json }, result.History, engine.Pool, cancellation);
        Trainer.RemoveCheckpoints(request.TrainingFolder);
        if (results.IsJson)
        {
            var output = json.DeepClone().AsObject();
            output["path"] = request.Output;
            results.Json(output);
            return;
        }

        results.Line($"{result.Steps} steps, {result.Tokens} tokens in {Quantity.Seconds(result.Seconds)}{(result.ValidationLoss is { } of ? $"; validation perplexity of the whole model {Quantity.Number(Math.Exp(of), 5)}" : "")}");
        results.Line($"wrote {request.Output}; 'pare search {request.Output}' finds the sub-networks that are worth their size");
    }

    private static IReadOnlyList<Candidate>? Grid(SupernetRequest request, Model sorted, SubNetworkSpace space, TokenWindows? windows, ResultWriter results)
    {
        if (request.Sampler == "random") return null;
        if (request.Sampler == "linear") return SubNetworkGrid.Linear(space, request.Bins);
        if (request.Sampler == "bins") return SubNetworkGrid.Bins(space, sorted.Config, request.Bins, 1, request.Seed);
        using var evaluator = new SubNetworkEvaluator(sorted, ImportanceOrder.Unsorted(sorted.Config), windows!, request.Threads);
        return results.Progress("grid", line => SubNetworkGrid.Bins(space, sorted.Config, request.Bins, request.PerBin, request.Seed,
            candidate => evaluator.Measure(space.ToSubNetwork(candidate), null, results.Terminal.Cancellation)[SearchMetrics.Perplexity], done => line.Report("grid", done, request.Bins)));
    }
}
