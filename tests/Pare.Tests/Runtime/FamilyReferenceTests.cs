using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Every family of the recorded references, in both spellings of its configuration: logits and greedy continuations of PyTorch.</summary>
public sealed class FamilyReferenceTests
{
    /// <summary>Mixtures of experts wait; their refusal is tested elsewhere.</summary>
    private static readonly string[] Waiting = ["mixtral", "qwen3-moe"];

    public static TheoryData<string, string> Families()
    {
        var data = new TheoryData<string, string>();
        if (SharedFiles.Root is null)
        {
            data.Add("none", "config.json");
            return data;
        }

        foreach (var folder in Directory.GetDirectories(SharedFiles.Path("reference", "families")).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (Waiting.Contains(name)) continue;
            data.Add(name, "config.json");
            data.Add(name, "config.v4.json");
        }

        return data;
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Prefill_gives_the_recorded_logits(string family, string config)
    {
        using var reference = new FamilyReference(family, config);
        using var engine = new InferenceEngine(reference.Model, new EngineOptions { Threads = 2 });
        for (var sequence = 0; sequence < 2; sequence++)
        {
            var tokens = reference.Tokens(sequence);
            using var cache = engine.CreateCache(tokens.Length);
            var hidden = new float[tokens.Length * engine.Config.HiddenSize];
            engine.Forward(tokens, cache, hidden);
            var logits = new float[tokens.Length * engine.Config.VocabularySize];
            engine.Logits(hidden, tokens.Length, logits);
            reference.AssertLogits(sequence, 0, logits);
        }
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Token_by_token_gives_the_recorded_logits(string family, string config)
    {
        using var reference = new FamilyReference(family, config);
        using var engine = new InferenceEngine(reference.Model, new EngineOptions { Threads = 1 });
        var tokens = reference.Tokens(0);
        using var cache = engine.CreateCache(tokens.Length);
        var hidden = new float[engine.Config.HiddenSize];
        var logits = new float[engine.Config.VocabularySize];
        for (var t = 0; t < tokens.Length; t++)
        {
            engine.Forward(tokens.AsSpan(t, 1), cache, hidden);
            engine.Logits(hidden, 1, logits);
            reference.AssertLogits(0, t, logits);
        }
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Greedy_continuation_is_the_recorded_one(string family, string config)
    {
        using var reference = new FamilyReference(family, config);
        using var engine = new InferenceEngine(reference.Model, new EngineOptions { Threads = 2 });
        var expected = reference.Integers("greedy");
        foreach (var piece in new[] { reference.Integers("greedy_prompt").Length, 1, 5 })
        {
            Assert.Equal(expected, Continue(engine, reference, piece, expected.Length));
        }
    }

    // Feeds the prompt in pieces, then one token at a time. The recorded runs barred the end-of-text token.
    private static int[] Continue(InferenceEngine engine, FamilyReference reference, int piece, int count)
    {
        var prompt = reference.Integers("greedy_prompt");
        using var cache = engine.CreateCache(prompt.Length + count);
        var hidden = new float[engine.Config.HiddenSize];
        for (var i = 0; i < prompt.Length; i += piece)
        {
            var tokens = prompt.AsSpan(i, Math.Min(piece, prompt.Length - i));
            var all = new float[tokens.Length * hidden.Length];
            engine.Forward(tokens, cache, all);
            hidden = all[^hidden.Length..];
        }

        var logits = new float[engine.Config.VocabularySize];
        var result = new int[count];
        for (var i = 0; i < count; i++)
        {
            engine.Logits(hidden, 1, logits);
            foreach (var end in engine.Config.EosTokenIds) logits[end] = float.NegativeInfinity;
            result[i] = Array.IndexOf(logits, logits.Max());
            if (i + 1 < count) engine.Forward(result.AsSpan(i, 1), cache, hidden);
        }

        return result;
    }
}
