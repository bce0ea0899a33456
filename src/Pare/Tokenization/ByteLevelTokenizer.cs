using System.Text;

namespace Pare.Tokenization;

/// <summary>Puts together a byte-level tokenizer from files that have no decoder and no template of their own.</summary>
internal static class ByteLevelTokenizer
{
    /// <summary>Creates the tokenizer.</summary>
    public static Tokenizer Create(
        BpeModel model,
        string?[] texts,
        IReadOnlyList<AddedToken> added,
        SpecialIds special,
        TokenizerSettings settings,
        PreTokenizer[] steps,
        string description)
    {
        var verbatim = added.Select(token => token.Id).ToHashSet();
        return new Tokenizer(new TokenizerParts
        {
            Model = model,
            Decoder = new TokenDecoder([.. texts.Select((text, id) => text is null ? null : Bytes(text, verbatim.Contains(id)))]),
            Texts = texts,
            AddedTokens = added,
            PreTokenizers = settings.AddPrefixSpace == true ? [new PrefixSpace(), .. steps] : steps,
            Prefix = BosRules.Prefix(settings, special.BosId, []),
            Suffix = BosRules.Suffix(settings, special.EosId, []),
            BosId = special.BosId,
            EosId = special.EosId,
            PadId = special.PadId,
            UnknownId = special.UnknownId,
            StopIds = [.. special.StopIds, .. SpecialIds.EndsOfTurn(added)],
            ChatTemplate = settings.ChatTemplate,
            Description = description,
        });
    }

    private static byte[] Bytes(string text, bool verbatim) => (verbatim ? null : ByteAlphabet.ToBytes(text)) ?? Encoding.UTF8.GetBytes(text);
}
