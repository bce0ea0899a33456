using System.CommandLine;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Options that say how a picked model is healed.</summary>
internal sealed class HealOptions
{
    private readonly Option<string[]> _text = new("--heal") { Description = "Fine-tune the picked model on this text with distillation from the whole model; may be given several times. Written to OUT-healed", HelpName = "FILE" };
    private readonly Option<int> _tokens = Arguments.Whole("--heal-tokens", "Tokens to learn from", 100_000);
    private readonly Option<int?> _lora = Arguments.OptionalWhole("--heal-lora", "Train low-rank corrections of this rank instead of all weights; they are merged at the end");
    private readonly Option<double?> _rate = Arguments.OptionalNumber("--heal-learning-rate", "Highest learning rate [default: 2e-4 with LoRA, else 5e-5]", 1e-12);
    private readonly Option<double> _distillation = Arguments.Number("--heal-distillation", "Weight of the KL divergence from the whole model beside the cross-entropy's 1; 0 leaves it out", 1, 0);
    private readonly Option<int> _batch = Arguments.Whole("--heal-batch", "Sequences that make a step", 4);
    private readonly Option<int?> _window = Arguments.OptionalWhole("--heal-window", "Tokens of a sequence [default: the search's window]", minimum: 2);
    private readonly Option<int> _seed = Arguments.Whole("--heal-seed", "Seed of the order of the text", 1, minimum: 0);
    private readonly Option<int> _checkpoint = Arguments.Whole("--checkpoint-every", "Steps between checkpoints in OUT.training", 50);
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the latest checkpoint in OUT.training, if there is one; what was written before is written again" };

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_text, _tokens, _lora, _rate, _distillation, _batch, _window, _seed, _checkpoint, _resume];

    /// <summary>What was asked for; null without a text.</summary>
    /// <exception cref="UsageException">An option without a text.</exception>
    public HealRequest? Read(ParseResult parse, int threads)
    {
        if (parse.GetValue(_text) is { Length: > 0 } text)
        {
            var options = new HealingOptions
            {
                Tokens = parse.GetValue(_tokens),
                Batch = parse.GetValue(_batch),
                LearningRate = parse.GetValue(_rate),
                LoraRank = parse.GetValue(_lora),
                Seed = (ulong)parse.GetValue(_seed),
                CheckpointEvery = parse.GetValue(_checkpoint),
                Threads = threads,
            };
            return new HealRequest
            {
                Text = text,
                Window = parse.GetValue(_window),
                IsResumed = parse.GetValue(_resume),
                Options = options with { Loss = options.Loss with { DistillationWeight = (float)parse.GetValue(_distillation) } },
            };
        }

        return All.Skip(1).FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } stray ? throw new UsageException($"{stray.Name} goes with --heal TEXT") : null;
    }
}
