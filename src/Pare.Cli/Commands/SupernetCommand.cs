using System.CommandLine;
using Pare.Cli.Output;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare supernet</c>: a model whose sub-networks are good by themselves.</summary>
internal static class SupernetCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("supernet", "Sorts a model by importance and fine-tunes it together with its sub-networks, which then need no training of their own (pare search, pare pick).");
        var path = Arguments.Model();
        var data = new Option<string[]>("--data") { Description = "Training text: .txt or .jsonl; may be given several times", HelpName = "FILE", Required = true };
        var validation = new Option<string[]>("--validation") { Description = "Text to measure the whole model on, never learned from", HelpName = "FILE" };
        var calibration = new Option<string?>("--calibration") { Description = "Text that importance is scored on [default: the first text of --data]", HelpName = "FILE" };
        var windows = Arguments.Whole("--calibration-windows", "Windows that importance and grids are scored over", 16);
        var output = Arguments.Output("The model folder to write; checkpoints go to OUT.training");
        var space = new SpaceOptions();
        var (order, sharedOrder, rank) = (OrderOptions.Order(), OrderOptions.IsShared(), OrderOptions.LayerRank());
        var method = new Option<string>("--method") { Description = "sandwich (the model and several sub-networks each step) or instatune (the model and one)", HelpName = "NAME", DefaultValueFactory = _ => "sandwich" };
        method.AcceptOnlyFromAmong("sandwich", "instatune");
        var alternates = new Option<bool>("--alternate") { Description = "The model and its sub-networks learn in turns" };
        var count = Arguments.OptionalWhole("--sub-networks", "Sub-networks that learn from a batch [default: 3, instatune 1]");
        var sampler = new Option<string>("--sampler") { Description = "Which sub-networks learn: random, linear (all widths scaled together), bins (one for each range of sizes), calibrated (the best of several for each range)", HelpName = "NAME", DefaultValueFactory = _ => "calibrated" };
        sampler.AcceptOnlyFromAmong("random", "linear", "bins", "calibrated");
        var bins = Arguments.Whole("--bins", "Ranges of sizes of a grid", 20);
        var perBin = Arguments.Whole("--per-bin", "Candidates of a range that a calibrated grid measures", 10);
        var window = Arguments.OptionalWhole("--window", "Tokens of a sequence [default: 512, or the model's context if that is shorter]", minimum: 2);
        var batch = Arguments.Whole("--batch", "Sequences that run at once", 4);
        var accumulate = Arguments.Whole("--accumulate", "Batches that make one step", 1);
        var steps = Arguments.Whole("--steps", "Steps of the run", 200);
        var rate = Arguments.OptionalNumber("--learning-rate", "Highest learning rate [default: 2e-4 with LoRA, else 5e-5]", 1e-12);
        var lora = Arguments.OptionalWhole("--lora", "Train low-rank corrections of this rank instead of all weights; they are merged at the end");
        var seed = Arguments.Whole("--seed", "Seed of order and draws", 1, minimum: 0);
        var checkpoint = Arguments.Whole("--checkpoint-every", "Steps between checkpoints; 0 for none but at the end", 50, minimum: 0);
        var resume = new Option<bool>("--resume") { Description = "Go on from the latest checkpoint in OUT.training, if there is one" };
        var force = Arguments.Force();
        var threads = Arguments.Threads();
        command.Arguments.Add(path);
        foreach (var option in new Option[]
                 {
                     data, validation, calibration, windows, output, order, sharedOrder, rank, method, alternates, count, sampler, bins, perBin, window, batch, accumulate, steps, rate, lora, seed, checkpoint, resume, force, threads,
                 }.Concat(space.Shapes)) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare supernet models/pare-llama-5m --data models/wikipedia.txt -o super --steps 100",
            "pare supernet SmolLM2-135M --data train.txt --lora 16 --depths 20,24,28,30 --ffn 0.25,0.5,0.75,1.0 -o super --resume");
        command.SetAction(parse =>
        {
            var training = parse.GetRequiredValue(method) == "instatune" ? SuperNetworkOptions.InstaTune : SuperNetworkOptions.Sandwich;
            return SupernetRun.Run(
                new SupernetRequest
                {
                    Path = parse.GetRequiredValue(path),
                    Data = parse.GetRequiredValue(data),
                    Validation = parse.GetValue(validation) ?? [],
                    Calibration = parse.GetValue(calibration),
                    CalibrationWindows = parse.GetValue(windows),
                    Output = parse.GetRequiredValue(output),
                    Order = new OrderRequest { Order = parse.GetValue(order), IsShared = parse.GetValue(sharedOrder), RanksByLoss = parse.GetRequiredValue(rank) == "loss", Threads = parse.GetValue(threads) },
                    Space = space.Read(parse),
                    Sampler = parse.GetRequiredValue(sampler),
                    Bins = parse.GetValue(bins),
                    PerBin = parse.GetValue(perBin),
                    Training = training with { SubNetworks = parse.GetValue(count) ?? training.SubNetworks, Alternates = parse.GetValue(alternates), Seed = (ulong)parse.GetValue(seed) },
                    Window = parse.GetValue(window),
                    Batch = parse.GetValue(batch),
                    Accumulation = parse.GetValue(accumulate),
                    Steps = parse.GetValue(steps),
                    LearningRate = parse.GetValue(rate),
                    LoraRank = parse.GetValue(lora),
                    Seed = (ulong)parse.GetValue(seed),
                    CheckpointEvery = parse.GetValue(checkpoint),
                    IsResumed = parse.GetValue(resume),
                    Force = parse.GetValue(force),
                    Threads = parse.GetValue(threads),
                },
                globals.Results(parse, terminal));
        });
        return command;
    }
}
