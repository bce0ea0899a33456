using System.Text;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Makes a tokenizer of a SentencePiece model.</summary>
internal static class SentencePieceBuilder
{
    /// <summary>Builds the tokenizer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="fileLength">Its length in bytes.</param>
    /// <param name="settings">What the files beside it say; where these name special tokens, their names are found in texts.</param>
    /// <param name="findControls">Whether the names of control pieces are found in texts all the same.</param>
    /// <param name="description">The kind of tokenizer in words.</param>
    public static Tokenizer Build(
        SentencePieceModel model, string file, long fileLength, TokenizerSettings settings, bool findControls, string description)
    {
        var vocabulary = new Vocabulary(file, fileLength);
        foreach (var (text, _, _) in model.Pieces) vocabulary.Append(text);
        var scores = model.Pieces.Select(piece => float.IsNaN(piece.Score) ? float.NegativeInfinity : piece.Score).ToArray();
        var kinds = model.Pieces.Select(piece => piece.Kind).ToArray();
        var unused = Of(kinds, PieceKind.Unused).ToHashSet();
        var unknown = Of(kinds, PieceKind.Unknown).Select(id => (int?)id).FirstOrDefault();
        var options = new BpeOptions(ByteLevel: false, IgnoreMerges: false, model.ByteFallback, FuseUnknown: true, unknown);
        var bpe = BpeBuilder.FromScores(file, vocabulary, scores, id => kinds[id] is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused, unused, options);

        var controls = Of(kinds, PieceKind.Control).Concat(Of(kinds, PieceKind.Unknown)).ToArray();
        var added = new List<AddedToken>();
        if (findControls) added.AddRange(Of(kinds, PieceKind.Control).Select(id => new AddedToken(id, vocabulary[id]!, IsSpecial: true)));
        if (settings.NamesTokens) SpecialIds.AddFromSettings(added, vocabulary, settings);
        var bos = Find(settings.BosToken) ?? Known(model.BosId);
        var eos = Find(settings.EosToken) ?? Known(model.EosId);
        var map = model.CharacterMap.Length > 0 ? CharacterMap.Read(model.CharacterMap, file) : null;
        var texts = vocabulary.ToTexts();
        return new Tokenizer(new TokenizerParts
        {
            Model = bpe,
            Decoder = new TokenDecoder([.. texts.Select((text, id) => Bytes(model, kinds, text, id))])
            {
                LeadingSpaces = model.AddsDummyPrefix && !model.SpaceIsSuffix ? 1 : 0,
                ReplacesEachByte = true,
            },
            Texts = texts,
            AddedTokens = added,
            ControlIds = controls,
            Normalizer = new SentencePieceNormalizer(model, map),
            PreTokenizers = Symbols(kinds, vocabulary),
            Prefix = BosRules.Prefix(settings with { AddBos = settings.AddBos ?? true }, bos, []),
            Suffix = BosRules.Suffix(settings with { AddEos = settings.AddEos ?? false }, eos, []),
            BosId = bos,
            EosId = eos,
            PadId = Find(settings.PadToken) ?? Known(model.PadId),
            UnknownId = unknown ?? Known(model.UnknownId),
            StopIds = [.. settings.EosIds.Where(id => id >= 0 && id < texts.Length), .. SpecialIds.EndsOfTurn(added)],
            ChatTemplate = settings.ChatTemplate,
            Description = description,
        });

        int? Find(string? name) => name is not null && vocabulary.Ids.TryGetValue(name, out var id) ? id : null;
        int? Known(int id) => (uint)id < (uint)kinds.Length ? id : null;
    }

    private static IEnumerable<int> Of(PieceKind[] kinds, PieceKind kind) => Enumerable.Range(0, kinds.Length).Where(id => kinds[id] == kind);

    private static PreTokenizer[] Symbols(PieceKind[] kinds, Vocabulary vocabulary)
    {
        var matcher = new AddedTokenMatcher(Of(kinds, PieceKind.UserDefined).Select(id => (vocabulary[id]!, new AddedToken(id, vocabulary[id]!, IsSpecial: false))));
        return matcher.IsEmpty ? [] : [new SymbolSplitter(matcher)];
    }

    private static byte[]? Bytes(SentencePieceModel model, PieceKind[] kinds, string? text, int id)
    {
        if (text is null) return null;
        if (id >= kinds.Length || kinds[id] is PieceKind.Control or PieceKind.Unknown) return Encoding.UTF8.GetBytes(text);
        if (kinds[id] == PieceKind.Byte && BpeBuilder.ByteOf(text) is var value and >= 0) return [(byte)value];
        return Encoding.UTF8.GetBytes(model.EscapesSpaces ? text.Replace('\u2581', ' ') : text);
    }
}
