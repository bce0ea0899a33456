namespace Pare.Runtime;

/// <summary>How the next token is chosen from the logits. The defaults are greedy: always the most likely token.</summary>
/// <remarks>
/// Filters apply in this order, that of Hugging Face's generation: repetition penalty, temperature, top-k, top-p, min-p; each works on what those before it kept.
/// </remarks>
public sealed record SamplerOptions
{
    /// <summary>Logits are divided by it; 0 takes the most likely token (of equals, the lowest id) and leaves the other filters without effect, save the penalty.</summary>
    public float Temperature { get; init; }

    /// <summary>Keeps the k most likely tokens (of equals, the lowest ids); 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the fewest most likely tokens whose probabilities sum to at least this, in (0, 1]; 1 keeps all (Holtzman et al. 2019, arXiv 1904.09751).</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least this times as likely as the most likely one, in [0, 1]; 0 keeps all (Nguyen et al. 2024, arXiv 2407.01082).</summary>
    public float MinP { get; init; }

    /// <summary>Positive logits of recent tokens are divided by it, others multiplied; above 0, 1 does nothing (Keskar et al. 2019, arXiv 1909.05858).</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>How many of the last tokens count as recent; 0 takes the whole history.</summary>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>Start of the random numbers; the same seed gives the same tokens for the same logits.</summary>
    public ulong Seed { get; init; }

    internal void Check()
    {
        Require(float.IsFinite(Temperature) && Temperature >= 0, nameof(Temperature), Temperature, "at least 0");
        Require(TopK >= 0, nameof(TopK), TopK, "at least 0 (0 keeps all tokens)");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "from 0 to 1");
        Require(float.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0, nameof(RepetitionPenalty), RepetitionPenalty, "above 0 (1 does nothing)");
        Require(RepetitionWindow >= 0, nameof(RepetitionWindow), RepetitionWindow, "at least 0 (0 takes the whole history)");
    }

    private static void Require(bool fits, string name, float value, string range)
    {
        if (!fits) throw new ArgumentException($"{name} is {value}; it has to be {range}", name);
    }
}
