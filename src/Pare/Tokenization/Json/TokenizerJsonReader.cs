using System.Text.Json;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads tokenizer.json, the format of the Hugging Face tokenizers library, as far as it describes BPE.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="settings">What the files beside it say.</param>
    /// <exception cref="ModelFormatException">The file is damaged or describes what Pare does not know.</exception>
    public static Tokenizer Read(ReadOnlyMemory<byte> content, string file, TokenizerSettings settings)
    {
        var root = JsonPlace.Parse(content, file);
        var model = root["model"];
        if (!model.Exists) throw model.Expected("the tokenizer's model");
        var type = model["type"].OptionalString() ?? (model["merges"].Exists ? "BPE" : "of no named type");
        if (type != "BPE") throw model["type"].Problem($"the model \"{Vocabulary.Short(type)}\" is not supported; Pare reads BPE models (byte level or with byte fallback)");

        var vocabulary = new Vocabulary(file, content.Length);
        foreach (var (text, id) in model["vocab"].Members()) vocabulary.Add(text, id.Int());
        var merges = Merges(model["merges"]);
        var steps = PreTokenizerReader.Read(root["pre_tokenizer"], out var byteLevel);
        var options = Options(model, vocabulary, byteLevel);
        var bpe = BpeBuilder.FromMerges(file, vocabulary, merges, options);

        var added = AddedTokens(root["added_tokens"], vocabulary, settings);
        var texts = vocabulary.ToTexts();
        var (prefix, suffix) = PostProcessorReader.Read(root["post_processor"], vocabulary.Count);
        var special = SpecialIds.Resolve(settings, vocabulary, options.UnknownId);
        return new Tokenizer(new TokenizerParts
        {
            Model = bpe,
            Decoder = DecoderReader.Read(root["decoder"], texts, added),
            Texts = texts,
            AddedTokens = added,
            Normalizer = NormalizerReader.Read(root["normalizer"]),
            PreTokenizers = [.. steps],
            Prefix = BosRules.Prefix(settings, special.BosId, prefix),
            Suffix = BosRules.Suffix(settings, special.EosId, suffix),
            BosId = special.BosId,
            EosId = special.EosId,
            PadId = special.PadId,
            UnknownId = special.UnknownId,
            StopIds = [.. special.StopIds, .. SpecialIds.EndsOfTurn(added)],
            ChatTemplate = settings.ChatTemplate,
            Description = byteLevel ? "byte-level BPE (tokenizer.json)" : "BPE (tokenizer.json)",
        });
    }

    /// <summary>Reads an added token.</summary>
    internal static AddedToken Added(JsonPlace token, int id) => new(
        id,
        token["content"].String(),
        token["special"].Bool(false),
        token["normalized"].Bool(!token["special"].Bool(false)),
        token["lstrip"].Bool(false),
        token["rstrip"].Bool(false),
        token["single_word"].Bool(false));

    /// <summary>Reads merges, written as "a b" or as ["a", "b"].</summary>
    internal static List<(string Left, string Right)> Merges(JsonPlace merges)
    {
        var result = new List<(string, string)>();
        foreach (var merge in merges.Items())
        {
            if (merge.Kind == JsonValueKind.Array)
            {
                result.Add(merge.Pair());
                continue;
            }

            var text = merge.String();
            var space = text.IndexOf(' ');
            if (space < 0 || text.IndexOf(' ', space + 1) >= 0) throw merge.Problem($"two tokens with a space between them were expected, \"{Vocabulary.Short(text)}\" was found");
            result.Add((text[..space], text[(space + 1)..]));
        }

        return result;
    }

    private static BpeOptions Options(JsonPlace model, Vocabulary vocabulary, bool byteLevel)
    {
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model[name].OptionalString() is { Length: > 0 } text) throw model[name].Problem($"\"{Vocabulary.Short(text)}\" was found; Pare reads only tokenizers without it");
        }

        int? unknown = null;
        if (model["unk_token"].OptionalString() is { } name2)
        {
            unknown = vocabulary.Ids.TryGetValue(name2, out var id) ? id : throw model["unk_token"].Problem($"\"{Vocabulary.Short(name2)}\" is not in the vocabulary");
        }

        return new BpeOptions(byteLevel, model["ignore_merges"].Bool(false), model["byte_fallback"].Bool(false), model["fuse_unk"].Bool(false), unknown);
    }

    private static List<AddedToken> AddedTokens(JsonPlace list, Vocabulary vocabulary, TokenizerSettings settings)
    {
        var tokens = new List<AddedToken>();
        foreach (var item in list.Items())
        {
            var token = Added(item, item["id"].Int());
            vocabulary.Override(token.Content, token.Id);
            tokens.Add(token);
        }

        SpecialIds.AddFromSettings(tokens, vocabulary, settings);
        return tokens;
    }
}
