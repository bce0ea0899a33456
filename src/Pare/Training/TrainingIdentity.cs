using System.Text.Json.Nodes;

namespace Pare.Training;

/// <summary>What has to be equal for a checkpoint to go on: where the run starts, what is trained, data and options.</summary>
internal static class TrainingIdentity
{
    /// <summary>Describes a run; equal descriptions give equal bytes on one instruction set.</summary>
    public static JsonObject Describe(string model, TrainableModel trainable, TokenDataset data, TokenDataset? validation, TrainerOptions options) => new()
    {
        ["model"] = model,
        ["tensors"] = string.Join(' ', trainable.Tensors.Take(1).Concat(trainable.Tensors.TakeLast(1)).Select(tensor => $"{tensor.Name} {tensor.Rows}x{tensor.Columns}")),
        ["trainable"] = trainable.TrainableCount,
        ["data"] = data.Fingerprint,
        ["validation"] = validation?.Fingerprint,
        ["window"] = data.Window,
        ["batchSize"] = options.BatchSize,
        ["accumulation"] = options.Accumulation,
        ["seed"] = options.Seed,
        ["learningRate"] = options.Schedule.Peak,
        ["steps"] = options.Schedule.Steps,
        ["warmup"] = options.Schedule.WarmupSteps,
        ["decay"] = options.Schedule.Decay.ToString(),
        ["finalShare"] = options.Schedule.FinalShare,
        ["optimizer"] = options.Optimizer.ToString(),
        ["beta1"] = options.AdamW.Beta1,
        ["beta2"] = options.AdamW.Beta2,
        ["epsilon"] = options.AdamW.Epsilon,
        ["weightDecay"] = options.AdamW.WeightDecay,
        ["decaysVectors"] = options.AdamW.DecaysVectors,
        ["clipNorm"] = options.AdamW.ClipNorm,
        ["groups"] = new JsonArray([.. options.AdamW.Groups.Select(group => JsonValue.Create(group.ToString()))]),
        ["crossEntropyWeight"] = options.Loss.CrossEntropyWeight,
        ["distillationWeight"] = options.Loss.DistillationWeight,
        ["distillation"] = options.Loss.Distillation.ToString(),
        ["temperature"] = options.Loss.Temperature,
        ["validateEvery"] = options.ValidateEvery,
        ["validationWindows"] = options.ValidationWindows,
    };
}
