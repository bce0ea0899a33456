namespace Pare.Tokenization;

/// <summary>The ids of a tokenizer's special tokens, found from their names or from the model's config.</summary>
internal sealed record SpecialIds(int? BosId, int? EosId, int? PadId, int? UnknownId, IReadOnlyList<int> StopIds)
{
    // The tokens with which chat models end a turn; each counts only where the tokenizer has it as a special token of its own.
    private static readonly string[] TurnEnds = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|end_of_text|>", "<|endoftext|>", "<|eom_id|>", "<|end_of_role|>"];

    /// <summary>Resolves names and ids; a name counts more than an id.</summary>
    public static SpecialIds Resolve(TokenizerSettings settings, Vocabulary vocabulary, int? modelUnknown)
    {
        var stops = new List<int>(settings.EosIds.Where(id => id >= 0 && id < vocabulary.Count));
        var configEos = stops.Count > 0 ? stops[0] : (int?)null;
        return new SpecialIds(
            Find(settings.BosToken) ?? InRange(settings.BosId),
            Find(settings.EosToken) ?? configEos,
            Find(settings.PadToken) ?? InRange(settings.PadId),
            Find(settings.UnknownToken) ?? modelUnknown,
            stops);

        int? Find(string? name) => name is not null && vocabulary.Ids.TryGetValue(name, out var id) ? id : null;
        int? InRange(int? id) => id is >= 0 && id < vocabulary.Count ? id : null;
    }

    /// <summary>Adds the tokens that the settings name and the tokenizer's own file does not list.</summary>
    public static void AddFromSettings(List<AddedToken> tokens, Vocabulary vocabulary, TokenizerSettings settings)
    {
        var known = tokens.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        foreach (var token in settings.AddedTokens)
        {
            if (known.Contains(token.Content) || token.Content.Length == 0) continue;
            var taken = token.Id < vocabulary.Count && token.Id >= 0 && vocabulary[token.Id] is { } text && text != token.Content;
            if (taken || (vocabulary.Ids.TryGetValue(token.Content, out var id) && id != token.Id)) continue;
            vocabulary.Override(token.Content, token.Id);
            tokens.Add(token);
            known.Add(token.Content);
        }

        foreach (var name in (string?[])[settings.BosToken, settings.EosToken, settings.PadToken, settings.UnknownToken])
        {
            if (name is { Length: > 0 } && vocabulary.Ids.TryGetValue(name, out var id) && known.Add(name)) tokens.Add(new AddedToken(id, name, IsSpecial: true));
        }
    }

    /// <summary>The end-of-turn tokens among the special tokens.</summary>
    public static IEnumerable<int> EndsOfTurn(IEnumerable<AddedToken> tokens) =>
        tokens.Where(token => token.IsSpecial && TurnEnds.Contains(token.Content)).Select(token => token.Id);
}
