using System.CommandLine;
using System.Globalization;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary>The options that say how tokens are chosen.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<float> _temperature = Arguments.Real("--temperature", "Randomness; 0 always takes the most likely token", 0, 0, float.MaxValue);
    private readonly Option<int> _topK = Arguments.Whole("--top-k", "Choose among the N most likely tokens; 0 among all", 0, minimum: 0);
    private readonly Option<float> _topP = Arguments.Real("--top-p", "Choose among the most likely tokens that together have this probability", 1, float.Epsilon, 1);
    private readonly Option<float> _minP = Arguments.Real("--min-p", "Choose among tokens at least this times as likely as the most likely", 0, 0, 1);
    private readonly Option<float> _penalty = Arguments.Real("--repetition-penalty", "Make recent tokens less likely; 1 does nothing", 1, float.Epsilon, float.MaxValue);
    private readonly Option<int> _window = Arguments.Whole("--repetition-window", "How many tokens are recent; 0 takes all", 64, minimum: 0);
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Start of the random numbers; the same seed gives the same text",
        HelpName = "S",
        CustomParser = result =>
        {
            if (ulong.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)) return seed;
            result.AddError($"--seed {result.Tokens[0].Value}: expected a whole number from 0 to {ulong.MaxValue}");
            return 0;
        },
        DefaultValueFactory = _ => 0,
    };

    public IReadOnlyList<Option> All => [_temperature, _topK, _topP, _minP, _penalty, _window, _seed];

    public SamplerOptions Read(ParseResult parse) => new()
    {
        Temperature = parse.GetValue(_temperature),
        TopK = parse.GetValue(_topK),
        TopP = parse.GetValue(_topP),
        MinP = parse.GetValue(_minP),
        RepetitionPenalty = parse.GetValue(_penalty),
        RepetitionWindow = parse.GetValue(_window),
        Seed = parse.GetValue(_seed),
    };
}
