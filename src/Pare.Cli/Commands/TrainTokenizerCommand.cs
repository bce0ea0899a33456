using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Reports;
using Pare.Tokenization;

namespace Pare.Cli.Commands;

/// <summary><c>pare train-tokenizer</c>: a tokenizer from texts.</summary>
internal static class TrainTokenizerCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("train-tokenizer", "Learns a byte-level BPE tokenizer from texts.");
        var texts = new Argument<string[]>("TEXT") { Description = "Text files in UTF-8", Arity = ArgumentArity.OneOrMore };
        Arguments.RefuseOptionNames(texts);
        var output = Arguments.Output("The folder to write tokenizer.json and tokenizer_config.json to");
        var size = Arguments.Whole("--vocabulary-size", "Tokens: special ones, the 256 bytes, and what is learned", 4096, minimum: 257, maximum: 1 << 20);
        var frequency = Arguments.Whole("--min-frequency", "Least number of times that a pair occurs to become a token", 2);
        var special = new Option<string[]>("--special-token") { Description = "A special token; may be given several times; the first ends a text [default: <|endoftext|>]", HelpName = "NAME" };
        var force = Arguments.Force();
        command.Arguments.Add(texts);
        foreach (var option in new Option[] { output, size, frequency, special, force }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare train-tokenizer models/stories.txt -o stories-tokenizer --vocabulary-size 512",
            "pare train-tokenizer wikipedia.txt novels.txt -o tokenizer",
            "pare train-tokenizer chats.txt -o tokenizer --special-token '<|endoftext|>'",
            "  --special-token '<|im_start|>' --special-token '<|im_end|>'");
        command.SetAction(parse => Run(
            parse.GetRequiredValue(texts), parse.GetRequiredValue(output), parse.GetValue(force),
            new BpeTrainerOptions
            {
                VocabularySize = parse.GetValue(size),
                MinFrequency = parse.GetValue(frequency),
                SpecialTokens = parse.GetValue(special) is { Length: > 0 } names ? names : ["<|endoftext|>"],
            },
            globals.Results(parse, terminal)));
        return command;
    }

    private static int Run(IReadOnlyList<string> texts, string output, bool force, BpeTrainerOptions options, ResultWriter results)
    {
        OutputPath.Check(output, force);
        var start = Stopwatch.GetTimestamp();
        var trained = results.Progress("train-tokenizer", line => BpeTrainer.TrainFiles(texts, options, new StageProgress(line), results.Terminal.Cancellation));
        trained.WriteTo(output);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (results.IsJson)
        {
            results.Json(new JsonObject
            {
                ["path"] = output,
                ["vocabularySize"] = trained.VocabularySize,
                ["merges"] = trained.Merges.Count,
                ["specialTokens"] = new JsonArray([.. trained.SpecialTokens.Select(name => JsonValue.Create(name))]),
                ["seconds"] = seconds,
            });
            return Program.Done;
        }

        if (trained.VocabularySize < options.VocabularySize)
            results.Line($"note: the texts gave only {trained.VocabularySize} of {options.VocabularySize} tokens; no other pair occurs {options.MinFrequency} times");
        results.Line($"wrote {output} ({trained.VocabularySize} tokens, {trained.Merges.Count} merges) in {Quantity.Seconds(seconds)}");
        return Program.Done;
    }

    private sealed class StageProgress(IProgressLine line) : IProgress<BpeTrainingProgress>
    {
        public void Report(BpeTrainingProgress value)
        {
            if (value.Stage == "merge") line.Report("merge", value.Done, value.Total, "tokens");
            else line.Report("count", value.Done, value.Total, "bytes");
        }
    }
}
