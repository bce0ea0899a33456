using System.Text.Json.Nodes;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Search;

/// <summary>Heals a sub-network that was cut out of a model: fine-tuning with distillation from the whole model, with checkpoints from which a run goes on exactly.</summary>
public static class Healing
{
    /// <summary>Heals, and writes the healed model as a folder.</summary>
    /// <param name="picked">The sub-network; not changed.</param>
    /// <param name="whole">The model that it was cut out of.</param>
    /// <param name="data">The text to learn from.</param>
    /// <param name="options">How.</param>
    /// <param name="trainingFolder">Where checkpoints go; they stay until <see cref="Trainer.RemoveCheckpoints"/>.</param>
    /// <param name="resume">Whether to go on from the latest checkpoint, if there is one.</param>
    /// <param name="output">The folder to write; whatever model is there is replaced.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellation">Stops after the step at work and leaves a checkpoint.</param>
    /// <returns>How training ended; where it was stopped, nothing is written.</returns>
    /// <exception cref="TrainingException">The run has diverged, or the checkpoint is of another run.</exception>
    public static TrainingResult Run(
        Model picked, Model whole, TokenDataset data, HealingOptions options, string trainingFolder, bool resume, string output, Action<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(picked);
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        var trainer = options.Trainer(data.Window);
        var start = $"{ModelFingerprint.Of(picked.Path)} healed by {ModelFingerprint.Of(whole.Path)} lora {options.LoraRank}";
        using var trainable = TrainableModel.From(picked, new TrainableOptions { Seed = options.Seed, Lora = options.LoraRank is { } rank ? new LoraOptions { Rank = rank, Alpha = 2 * rank } : null });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = options.Threads });
        using var teacherEngine = new InferenceEngine(whole, new EngineOptions { Threads = options.Threads });
        using var teacher = new EngineTeacher(teacherEngine);
        var result = new Trainer(engine, data, null, trainer, teacher).Run(trainingFolder, start, resume, progress, cancellation);
        if (!result.IsComplete) return result;
        var provenance = new JsonObject
        {
            ["healing"] = new JsonObject
            {
                ["from"] = ModelFingerprint.Of(picked.Path),
                ["teacher"] = ModelFingerprint.Of(whole.Path),
                ["data"] = data.Fingerprint,
                ["steps"] = result.Steps,
                ["tokens"] = result.Tokens,
                ["learningRate"] = trainer.Schedule.Peak,
                ["loraRank"] = options.LoraRank,
                ["crossEntropyWeight"] = options.Loss.CrossEntropyWeight,
                ["distillationWeight"] = options.Loss.DistillationWeight,
                ["temperature"] = options.Loss.Temperature,
            },
        };
        Provenance.AddSource(provenance, picked);
        TrainedModelWriter.Write(trainable, picked, null, output, true, TypeOf(picked), provenance, result.History, engine.Pool, cancellation);
        return result;
    }

    // Plain types stay; blocks have no room for small steps.
    private static ElementType TypeOf(Model model)
    {
        var type = model.GetWeight(model.Graph.Sites[0].Weight).Type;
        return type is ElementType.F32 or ElementType.F16 ? type : ElementType.BF16;
    }
}
