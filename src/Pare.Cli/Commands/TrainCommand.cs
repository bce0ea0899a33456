using System.CommandLine;
using Pare.Cli.Output;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare train</c>: a model from a configuration, or a model that knows more.</summary>
internal static class TrainCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("train", "Trains a model from scratch, or goes on from one: in full or by LoRA, from text or from a teacher.");
        var path = new Argument<string>("MODEL") { Description = "A model to go on from; or a folder with config.json and a tokenizer, to start from scratch" };
        Arguments.RefuseOptionNames(path);
        var data = new Option<string[]>("--data") { Description = "Training text: .txt, or .jsonl with text, prompt and completion, or messages; may be given several times", HelpName = "FILE", Required = true };
        var validation = new Option<string[]>("--validation") { Description = "Text to measure on while training, never learned from", HelpName = "FILE" };
        var output = Arguments.Output("The model folder to write; checkpoints and log go to OUT.training");
        var window = Arguments.OptionalWhole("--window", "Tokens of a sequence [default: 512, or the model's context if that is shorter]", minimum: 2);
        var batch = Arguments.Whole("--batch", "Sequences that run at once", 8);
        var accumulate = Arguments.Whole("--accumulate", "Batches that make one step", 1);
        var steps = Arguments.OptionalWhole("--steps", "Steps of the run");
        var epochs = Arguments.Number("--epochs", "Passes over the text, where --steps is not given", 1, 0.001, 10000);
        var rate = Arguments.OptionalNumber("--learning-rate", "Highest learning rate [default: 1e-3 from scratch, 2e-4 with LoRA, else 5e-5]", 1e-12);
        var warmup = Arguments.OptionalWhole("--warmup", "Steps in which the rate rises [default: a twentieth of the run, at most 200]", minimum: 0);
        var decay = new Option<string>("--decay") { Description = "How the rate goes down: cosine, linear or constant", HelpName = "D", DefaultValueFactory = _ => "cosine" };
        decay.AcceptOnlyFromAmong("cosine", "linear", "constant");
        var final = Arguments.Number("--final-share", "Share of the highest rate at the end", 0.1, 0, 1);
        var optimizer = new Option<string>("--optimizer") { Description = "adamw, or muon for the matrices of the blocks: fewer tokens to the same loss from scratch", HelpName = "NAME", DefaultValueFactory = _ => "adamw" };
        optimizer.AcceptOnlyFromAmong("adamw", "muon");
        var weightDecay = Arguments.Number("--weight-decay", "Decay of matrices per step and rate", 0.1, 0);
        var beta2 = Arguments.Number("--beta2", "AdamW's memory of squares", 0.95, 0, 0.999999);
        var clip = Arguments.Number("--clip", "Largest norm of the gradient; 0 for any", 1, 0);
        var seed = Arguments.Whole("--seed", "Seed of order and starting weights", 1, minimum: 0);
        var lora = Arguments.OptionalWhole("--lora", "Train low-rank corrections of this rank instead of all weights; they are merged at the end");
        var alpha = Arguments.OptionalNumber("--lora-alpha", "LoRA's alpha: corrections count alpha / rank [default: twice the rank]", 1e-6);
        var sites = new Option<string[]>("--lora-sites") { Description = "Sites that LoRA corrects, separated by commas: query, key, value, output, gate, up, down [default: all]", HelpName = "A,B" };
        var stream = new Option<bool>("--stream-blocks") { Description = "With --lora: leave the blocks in their file and decode one at a time, for models that do not fit in memory as float32" };
        var documents = new Option<string>("--documents") { Description = "What a document is in a .txt file: whole, lines or paragraphs", HelpName = "RULE", DefaultValueFactory = _ => "whole" };
        documents.AcceptOnlyFromAmong([.. TrainRequest.DocumentRules.Keys]);
        var teacher = new Option<string?>("--teacher") { Description = "A model to learn from as well; it needs the same tokenizer", HelpName = "MODEL" };
        var weight = Arguments.Number("--distillation-weight", "Share of the teacher in the loss, the text has the rest", 0.5, 0, 1);
        var kind = new Option<string>("--distillation") { Description = "Distance to the teacher: forward-kl, reverse-kl, jensen-shannon or logit-mse", HelpName = "KIND", DefaultValueFactory = _ => "forward-kl" };
        kind.AcceptOnlyFromAmong([.. TrainRequest.Distances.Keys]);
        var temperature = Arguments.Number("--distillation-temperature", "Temperature of both distributions", 1, 0.01, 100);
        var format = new Option<string>("--format") { Description = "Format of what was trained: f32, f16 or bf16", HelpName = "F", DefaultValueFactory = _ => "bf16" };
        format.AcceptOnlyFromAmong("f32", "f16", "bf16");
        var checkpoint = Arguments.Whole("--checkpoint-every", "Steps between checkpoints; 0 for none but at the end", 100, minimum: 0);
        var validate = Arguments.Whole("--validate-every", "Steps between validations; 0 for one at the end", 100, minimum: 0);
        var memory = Arguments.Whole("--activation-memory", "MiB for activations; beyond, blocks run forward twice", 2048, minimum: 1);
        var resume = new Option<bool>("--resume") { Description = "Go on from the latest checkpoint in OUT.training, if there is one" };
        var force = Arguments.Force();
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[]
                 {
                     data, validation, output, window, batch, accumulate, steps, epochs, rate, warmup, decay, final, optimizer, weightDecay, beta2, clip, seed, lora, alpha, sites, stream, documents,
                     teacher, weight, kind, temperature, format, checkpoint, validate, memory, resume, force, report, threads, plan,
                 }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare train models/pare-llama-5m --data notes.txt -o mine --steps 200",
            "pare train SmolLM2-135M --data answers.jsonl --lora 16 --validation held-out.txt -o tuned --report tuned.html",
            "pare train small-config --data wikipedia.txt --teacher SmolLM2-135M -o student --resume");
        command.SetAction(parse => TrainRun.Run(
            new TrainRequest
            {
                Path = parse.GetRequiredValue(path),
                Data = parse.GetRequiredValue(data),
                Validation = parse.GetValue(validation) ?? [],
                Output = parse.GetRequiredValue(output),
                Window = parse.GetValue(window),
                Batch = parse.GetValue(batch),
                Accumulation = parse.GetValue(accumulate),
                Steps = parse.GetValue(steps),
                Epochs = parse.GetValue(epochs),
                LearningRate = parse.GetValue(rate),
                Warmup = parse.GetValue(warmup),
                Decay = Enum.Parse<LearningRateDecay>(parse.GetRequiredValue(decay), ignoreCase: true),
                FinalShare = parse.GetValue(final),
                Optimizer = Enum.Parse<OptimizerKind>(parse.GetRequiredValue(optimizer), ignoreCase: true),
                AdamW = new AdamWOptions { WeightDecay = parse.GetValue(weightDecay), Beta2 = parse.GetValue(beta2), ClipNorm = parse.GetValue(clip) },
                Seed = (ulong)parse.GetValue(seed),
                LoraRank = parse.GetValue(lora),
                LoraAlpha = parse.GetValue(alpha),
                LoraSites = [.. (parse.GetValue(sites) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(TrainRequest.Site)],
                StreamsBlocks = parse.GetValue(stream),
                Documents = TrainRequest.DocumentRules[parse.GetRequiredValue(documents)],
                Teacher = parse.GetValue(teacher),
                DistillationWeight = parse.GetValue(weight),
                Distillation = TrainRequest.Distances[parse.GetRequiredValue(kind)],
                Temperature = parse.GetValue(temperature),
                Format = FormatName.Parse("--format", parse.GetRequiredValue(format)),
                CheckpointEvery = parse.GetValue(checkpoint),
                ValidateEvery = parse.GetValue(validate),
                ActivationBytes = (long)parse.GetValue(memory) << 20,
                IsResumed = parse.GetValue(resume),
                Force = parse.GetValue(force),
                Report = parse.GetValue(report),
                Threads = parse.GetValue(threads),
                IsPlan = parse.GetValue(plan),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
