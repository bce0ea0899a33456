using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads the tokenizer in a GGUF file's metadata.</summary>
internal static class GgufTokenizerReader
{
    private const string Keys = "tokenizer.ggml.";

    /// <summary>Reads the tokenizer.</summary>
    public static Tokenizer Read(GgufMetadata metadata)
    {
        var model = metadata.GetString(Keys + "model");
        return model switch
        {
            "llama" => ReadSentencePiece(metadata),
            "gpt2" => ReadByteLevel(metadata),
            _ => throw new ModelFormatException(metadata.File, Keys + "model", $"the tokenizer \"{Vocabulary.Short(model)}\" is not supported; Pare reads \"llama\" (SentencePiece BPE) and \"gpt2\" (byte-level BPE)"),
        };
    }

    private static Tokenizer ReadSentencePiece(GgufMetadata metadata)
    {
        var tokens = metadata.GetStringArray(Keys + "tokens");
        var scores = metadata.GetFloatArray(Keys + "scores");
        var kinds = Kinds(metadata, tokens.Length);
        if (scores.Length != tokens.Length) throw Mismatch(metadata, "scores", scores.Length, tokens.Length);
        var model = new SentencePieceModel
        {
            ModelType = 2,
            AddsDummyPrefix = metadata.GetBool(Keys + "add_space_prefix", true),
            RemovesExtraSpaces = metadata.GetBool(Keys + "remove_extra_whitespaces", false),
            ByteFallback = kinds.Contains(PieceKind.Byte),
            BosId = Id(metadata, "bos_token_id") ?? -1,
            EosId = Id(metadata, "eos_token_id") ?? -1,
            PadId = Id(metadata, "padding_token_id") ?? -1,
            UnknownId = Id(metadata, "unknown_token_id") ?? -1,
        };
        for (var i = 0; i < tokens.Length; i++) model.Pieces.Add((tokens[i], scores[i], kinds[i]));
        return SentencePieceBuilder.Build(model, metadata.File, tokens.Length, Settings(metadata), findControls: true, "SentencePiece BPE (GGUF)");
    }

    private static Tokenizer ReadByteLevel(GgufMetadata metadata)
    {
        var tokens = metadata.GetStringArray(Keys + "tokens");
        var kinds = Kinds(metadata, tokens.Length);
        var vocabulary = new Vocabulary(metadata.File, tokens.Length);
        foreach (var token in tokens) vocabulary.Append(token);
        var pre = GgufPreTokenizer.Find(metadata);
        var unknown = Id(metadata, "unknown_token_id");
        var options = new BpeOptions(ByteLevel: true, pre.IgnoresMerges, ByteFallback: false, FuseUnknown: false, UnknownId: null);
        var model = BpeBuilder.FromMerges(metadata.File, vocabulary, Merges(metadata), options);
        var added = new List<AddedToken>();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (kinds[id] is PieceKind.Control or PieceKind.UserDefined) added.Add(new AddedToken(id, tokens[id], kinds[id] == PieceKind.Control));
        }

        var settings = Settings(metadata);
        if (settings.AddBos is null) settings = settings with { AddBos = pre.AddsBos };
        if (metadata.GetBool(Keys + "add_space_prefix", false)) settings = settings with { AddPrefixSpace = true };
        var special = new SpecialIds(Id(metadata, "bos_token_id"), Id(metadata, "eos_token_id"), Id(metadata, "padding_token_id"), unknown, settings.EosIds);
        return ByteLevelTokenizer.Create(model, vocabulary.ToTexts(), added, special, settings, pre.Steps, $"byte-level BPE (GGUF, {pre.Name})");
    }

    private static TokenizerSettings Settings(GgufMetadata metadata) => new()
    {
        AddBos = metadata.ContainsKey(Keys + "add_bos_token") ? metadata.GetBool(Keys + "add_bos_token") : null,
        AddEos = metadata.ContainsKey(Keys + "add_eos_token") ? metadata.GetBool(Keys + "add_eos_token") : null,
        ChatTemplate = metadata.GetString("tokenizer.chat_template", null),
        EosIds = [.. ((string[])["eos_token_id", "eot_token_id", "eom_token_id"]).Select(key => Id(metadata, key)).OfType<int>()],
    };

    private static List<(string Left, string Right)> Merges(GgufMetadata metadata)
    {
        var merges = new List<(string, string)>();
        foreach (var merge in metadata.GetStringArray(Keys + "merges"))
        {
            var space = merge.IndexOf(' ', Math.Min(1, merge.Length));
            if (space < 0) throw new ModelFormatException(metadata.File, $"{Keys}merges, entry {merges.Count}", $"two tokens with a space between them were expected, \"{Vocabulary.Short(merge)}\" was found");
            merges.Add((merge[..space], merge[(space + 1)..]));
        }

        return merges;
    }

    private static PieceKind[] Kinds(GgufMetadata metadata, int count)
    {
        if (!metadata.ContainsKey(Keys + "token_type"))
        {
            var ordinary = new PieceKind[count];
            ordinary.AsSpan().Fill(PieceKind.Normal);
            return ordinary;
        }

        var kinds = metadata.GetInt32Array(Keys + "token_type");
        if (kinds.Length != count) throw Mismatch(metadata, "token_type", kinds.Length, count);
        return Array.ConvertAll(kinds, kind => kind is >= 1 and <= 6 ? (PieceKind)kind : PieceKind.Normal);
    }

    private static int? Id(GgufMetadata metadata, string key)
    {
        // Writers put 2^32 - 1 (that is, -1) where there is no such token.
        if (!metadata.ContainsKey(Keys + key)) return null;
        var id = metadata.GetInt64(Keys + key);
        if (id is -1 or uint.MaxValue) return null;
        var count = metadata.GetStringArray(Keys + "tokens").Length;
        return id >= 0 && id < count ? (int)id : throw new ModelFormatException(metadata.File, Keys + key, $"the id {id} is not in the vocabulary of {count}");
    }

    private static ModelFormatException Mismatch(GgufMetadata metadata, string key, int found, int wanted) =>
        new(metadata.File, Keys + key, $"has {found} entries for {wanted} tokens");
}
