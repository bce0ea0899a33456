using System.CommandLine;
using System.Text.Json;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Evaluation.Speed;
using Pare.Formats;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary><c>pare bench</c>: how fast a model runs here.</summary>
internal static class BenchCommand
{
    private const int UsualPrompt = 512, UsualGenerate = 128;

    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("bench", "Measures load time, prefill and decode speed, memory bandwidth and peak memory.");
        var path = new Argument<string?>("MODEL") { Description = "A model folder, or a .gguf file", Arity = ArgumentArity.ZeroOrOne };
        Arguments.RefuseOptionNames(path);
        var shape = new Option<string?>("--shape") { Description = "Random weights of this shape instead of a model: " + string.Join(", ", ModelShape.All.Select(known => known.Name)), HelpName = "SHAPE" };
        var format = new Option<string?>("--format") { Description = "The format of the random weights [default: q4_0]", HelpName = "F" };
        var prompt = Arguments.OptionalWhole("--prompt", "Tokens of the prompt [default: 512, or what the context holds]");
        var generate = Arguments.OptionalWhole("--generate", "Tokens to generate [default: 128, or what the context holds]");
        var repetitions = Arguments.Whole("--repetitions", "How often both are measured", 5);
        var threads = Arguments.Threads();
        var pin = Arguments.Pin();
        var activations = Arguments.Activations();
        var cache = Arguments.KvCache();
        var memory = Arguments.Memory();
        var neurons = Arguments.NeuronFile();
        var allWeights = new Option<bool>("--all-weights") { Description = "Multiply every weight, also where activations are zero; to compare with" };
        var predict = Arguments.Predict();
        var report = Arguments.Report();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { shape, format, prompt, generate, repetitions, threads, pin, activations, cache, memory, neurons, allWeights, predict, report, plan }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare bench models/stories260K --prompt 64 --generate 64",
            "pare bench SmolLM2-135M.Q8_0.gguf --threads 2 --json",
            "pare bench --shape 1.1b --format q4_0 --report speed.html");
        command.SetAction(parse => Run(
            parse.GetValue(path), parse.GetValue(shape), parse.GetValue(format), parse.GetValue(report), parse.GetValue(plan),
            new BenchOptions
            {
                Prompt = parse.GetValue(prompt) ?? UsualPrompt,
                PromptMayShrink = parse.GetValue(prompt) is null,
                Generate = parse.GetValue(generate) ?? UsualGenerate,
                GenerateMayShrink = parse.GetValue(generate) is null,
                Repetitions = parse.GetValue(repetitions),
                Engine = Arguments.Engine(parse.GetValue(threads), parse.GetValue(activations), parse.GetValue(cache)) with { PinsThreads = parse.GetValue(pin), MemoryBytes = parse.GetValue(memory), NeuronFile = parse.GetValue(neurons), SkipsZeros = !parse.GetValue(allWeights), PredictsNeurons = parse.GetValue(predict) },
            },
            globals.Results(parse, terminal)));
        return command;
    }

    private static int Run(string? path, string? shape, string? format, string? report, bool isPlan, BenchOptions options, ResultWriter results)
    {
        if ((path is null) == (shape is null)) throw new UsageException("give either a MODEL or --shape");
        if (format is not null && shape is null) throw new UsageException("--format is that of random weights and needs --shape; a MODEL is measured as it is stored");
        if (report is not null) ReportFile.Check(report);
        var type = FormatName.Parse("--format", format ?? "q4_0");
        Func<Model> open = shape is null ? () => Model.Open(path!) : () => RandomModel.Create(ModelShape.Find(shape), type);
        if (isPlan) return ShowPlan(Outline(path, shape, type), options, results);
        var result = results.Progress("bench", line => SpeedMeter.Measure(open, options with { Progress = EvalRun.Steps(line) }, results.Terminal.Cancellation));
        if (!results.IsJson) Print(result, options, results);
        if (report is not null) ReportFile.Save(BenchPage.Create(result), report, results);
        // Last: a page that cannot be saved is an object of its own.
        if (results.IsJson) results.Json(JsonSerializer.SerializeToNode(result, EvaluationJson.Default.BenchResult)!.AsObject());
        return Program.Done;
    }

    private static void Print(BenchResult result, BenchOptions options, ResultWriter results)
    {
        var model = result.Protocol.Model;
        var machine = result.Protocol.Machine;
        var table = new ReportTable("", new ReportColumn("", IsNumeric: false), new ReportColumn("", IsNumeric: false));
        table.Add("model", $"{model.Path}, {Quantity.Short(model.Parameters)} parameters, {Quantity.Bytes(model.WeightBytes)}");
        table.Add("machine", $"{machine.Processor}, {machine.InstructionSet}, {machine.Threads} threads");
        table.Add("load", Quantity.Seconds(result.LoadSeconds));
        table.Add("prefill", $"{Quantity.Number(result.PrefillTokensPerSecond, 4)} tokens/s ({result.PromptTokens} tokens; {Range(result.Prefill)}), {Quantity.Number(result.PrefillGigaflopsPerSecond, 3)} GFLOP/s");
        table.Add("decode", $"{Quantity.Number(result.DecodeTokensPerSecond, 4)} tokens/s ({result.GeneratedTokens} tokens; {Range(result.Decode)})");
        table.Add("weights", $"{Quantity.Number(result.DecodeGigabytesPerSecond, 3)} GB/s while decoding" + (result.ReadBandwidthGigabytesPerSecond is { } bandwidth ? $", memory gives {Quantity.Number(bandwidth, 3)} GB/s" : ""));
        if (result.ReadBytesPerToken < result.WeightBytesPerToken)
            table.Add("read per token", $"{Quantity.Bytes((long)result.ReadBytesPerToken)} of {Quantity.Bytes(result.WeightBytesPerToken)}: weights of zeros are left out");
        if (result.Fetches is { } fetches) table.Add("from disk", $"{Quantity.Bytes(fetches.BytesRead / (double)options.Repetitions / result.GeneratedTokens)} per token; {ActivityText.Describe(fetches)}");
        if (result.PeakResidentBytes is { } peak) table.Add("peak memory", Quantity.Bytes(peak));
        table.Add("allocated", $"{Quantity.Number(result.AllocatedBytesPerToken, 3)} bytes per generated token");
        results.Table(table);
    }

    private static string Range(RateSample sample) => $"{Quantity.Number(sample.Lowest, 3)} to {Quantity.Number(sample.Highest, 3)}";

    private static ModelOutline Outline(string? path, string? shape, ElementType type)
    {
        if (shape is not null) return ModelOutline.Of(ModelShape.Find(shape), type);
        using var model = Model.Open(path!);
        return ModelOutline.Of(model);
    }

    private static int ShowPlan(ModelOutline model, BenchOptions options, ResultWriter results)
    {
        using var machine = MachineSpeed.Measure(options.Engine.Threads);
        options = options.Within(model.Config.MaxPositionEmbeddings);
        var parts = new MemoryParts(model);
        var context = (long)options.Prompt + options.Generate;
        PlanText.Show(new WorkPlan
        {
            What = $"measure {model.Path}, {options.Repetitions} times and once before",
            MemoryBytes = Math.Min(parts.Weights, options.Engine.MemoryBytes ?? long.MaxValue) + parts.Cache(context, options.Engine.KvCacheType) + parts.Activations(options.Prompt) + 4L * options.Prompt * model.Config.HiddenSize,
            DiskBytes = 0,
            Seconds = (options.Repetitions + 1) * (machine.PrefillSeconds(model, options.Prompt) + machine.DecodeSeconds(model, options.Generate)),
            Notes = [$"a prompt of {options.Prompt} tokens and {options.Generate} generated ones"],
        }, results);
        return Program.Done;
    }
}
