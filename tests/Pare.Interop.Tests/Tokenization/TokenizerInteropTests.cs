using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Interop.Tests.Tokenization;

/// <summary>Holds ids and decoded texts to @huggingface/tokenizers, for the steps that tokenizer.json files of the shipped families name.</summary>
public class TokenizerInteropTests
{
    private const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string UnknownPattern = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static TheoryData<string> Kinds =>
        ["as it is", "gpt2", "llama3", "qwen2", "general pattern", "prefix space", "digits together", "nfkc lowercase", "template", "ignore merges", "byte fallback", "byte fallback without spaces before"];

    [InteropTheory(NeedsShared = true)]
    [MemberData(nameof(Kinds))]
    public void Ids_and_texts_are_those_of_the_reference_tokenizer(string kind)
    {
        var file = Create(kind);
        var tokenizer = TokenizerJsonReader.Read(JsonSerializer.SerializeToUtf8Bytes(file), "tokenizer.json", new TokenizerSettings());
        var texts = Texts(kind.Length + 1000).ToArray();

        // The reference's Digits step knows ASCII digits only, unlike the library that it stands for (whose ids for other digits are recorded elsewhere).
        if (kind is "as it is" or "nfkc lowercase" or "digits together") texts = [.. texts.Where(text => !text.Any(character => character > 127 && char.IsNumber(character)))];
        var differences = Differences(tokenizer, texts, JsonSerializer.Serialize(new { tokenizer = file, config = new { } }));
        Assert.True(differences.Count == 0, $"{differences.Count} of {texts.Length} differ, the first:\n" + string.Join("\n\n", differences.Take(5)));
    }

    private static List<string> Differences(Tokenizer tokenizer, string[] texts, string files)
    {
        var input = new StringBuilder(files).Append('\n');
        foreach (var text in texts) input.Append(JsonSerializer.Serialize(new { text, special = true })).Append('\n');
        var answers = NodeScript.Run("tokenize.mjs", input.ToString()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(texts.Length, answers.Length);
        var differences = new List<string>();
        for (var i = 0; i < texts.Length; i++)
        {
            using var answer = JsonDocument.Parse(answers[i]);
            var ids = answer.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            var ours = tokenizer.Encode(texts[i]);
            var decoded = answer.RootElement.GetProperty("decoded").GetString();
            if (!ids.SequenceEqual(ours)) differences.Add($"{JsonSerializer.Serialize(texts[i])}\nexpected: {string.Join(' ', ids)}\nfound:    {string.Join(' ', ours)}");
            else if (tokenizer.Decode(ids) != decoded) differences.Add($"{JsonSerializer.Serialize(texts[i])} decodes\nexpected: {JsonSerializer.Serialize(decoded)}\nfound:    {JsonSerializer.Serialize(tokenizer.Decode(ids))}");
        }

        return differences;
    }

    [InteropFact]
    public void A_trained_tokenizer_is_read_by_the_reference_tokenizer_and_encodes_alike()
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(SharedFiles.InRepository("models", "stories.txt"));
        BpeTrainer.Train([text, .. Texts(7)], new BpeTrainerOptions { VocabularySize = 900 }).WriteTo(folder.File("tokenizer"));
        var tokenizer = TokenizerLoader.Load(folder.File("tokenizer"));
        string[] texts = [text, .. Texts(11)];
        var files = new { tokenizer = Path.Combine(folder.File("tokenizer"), "tokenizer.json"), config = Path.Combine(folder.File("tokenizer"), "tokenizer_config.json") };
        var differences = Differences(tokenizer, texts, JsonSerializer.Serialize(files));
        Assert.True(differences.Count == 0, $"{differences.Count} of {texts.Length} differ, the first:\n" + string.Join("\n\n", differences.Take(5)));
        Assert.True(tokenizer.Encode(text).Length < text.Length / 2, "nothing was learned");
    }

    private static JsonObject Create(string kind)
    {
        if (kind.StartsWith("byte fallback", StringComparison.Ordinal)) return WithByteFallback(kind);
        var file = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("tokenizers", "smollm2", "tokenizer.json")))!.AsObject();
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = kind == "prefix space", ["trim_offsets"] = true, ["use_regex"] = kind is "gpt2" or "prefix space" or "digits together" };
        file["pre_tokenizer"] = kind switch
        {
            "gpt2" or "prefix space" => byteLevel,
            "llama3" or "template" or "ignore merges" => Split(Llama3Pattern, byteLevel),
            "qwen2" => Split(Qwen2Pattern, byteLevel),
            "general pattern" => Split(UnknownPattern, byteLevel),
            "digits together" => new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "Digits", ["individual_digits"] = false }, byteLevel) },
            _ => file["pre_tokenizer"]!.DeepClone(),
        };
        if (kind == "qwen2") file["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
        if (kind == "nfkc lowercase") file["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Lowercase"},{"type":"Replace","pattern":{"String":"''"},"content":"\""}]}""");
        if (kind == "ignore merges") file["model"]!["ignore_merges"] = true;
        if (kind == "template")
        {
            file["post_processor"] = JsonNode.Parse("""
                {"type":"Sequence","processors":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true},
                 {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|im_start|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|im_end|>","type_id":0}}],
                  "pair":[],"special_tokens":{"<|im_start|>":{"id":"<|im_start|>","ids":[1],"tokens":["<|im_start|>"]},"<|im_end|>":{"id":"<|im_end|>","ids":[2],"tokens":["<|im_end|>"]}}}]}
                """);
        }

        return file;
    }

    private static JsonObject Split(string pattern, JsonObject byteLevel) => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false },
            byteLevel),
    };

    /// <summary>Llama 2's kind of file, from the pieces of its SentencePiece model.</summary>
    private static JsonObject WithByteFallback(string kind)
    {
        var path = SharedFiles.Path("tokenizers", "llama2-32k", "tokenizer.model");
        var model = SentencePieceReader.Read(File.ReadAllBytes(path), path);
        var vocabulary = new JsonObject();
        for (var id = 0; id < model.Pieces.Count; id++) vocabulary[model.Pieces[id].Text] = id;
        var merges = new JsonArray();
        foreach (var (text, _, _) in model.Pieces.Where(piece => piece.Kind == PieceKind.Normal).OrderByDescending(piece => piece.Score))
        {
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (vocabulary.ContainsKey(text[..cut]) && vocabulary.ContainsKey(text[cut..])) merges.Add($"{text[..cut]} {text[cut..]}");
            }
        }

        var prepends = kind == "byte fallback";
        JsonObject Token(int id, string content) =>
            new() { ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true };
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Token(0, "<unk>"), Token(1, "<s>"), Token(2, "</s>")),
            ["normalizer"] = JsonNode.Parse(prepends
                ? """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""
                : """{"type":"Replace","pattern":{"String":" "},"content":"▁"}"""),
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}""" + (prepends ? """,{"type":"Strip","content":" ","start":1,"stop":0}""" : "") + "]}"),
            ["model"] = new JsonObject { ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = "<unk>", ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null, ["fuse_unk"] = true, ["byte_fallback"] = true, ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    /// <summary>Texts that mix what pre-tokenizers tell apart, from a seed.</summary>
    private static IEnumerable<string> Texts(int seed)
    {
        string[] parts =
        [
            "the", "Hello", "WORLD", "naïve", "cafe\u0301", "Straße", "日本語", "한국어", "Привет", "مرحبا", "😀", "👨‍👩‍👧", "𝔘𝔫𝔦", "１２", "٣٤", "²", "½", "ﬁ", "Å", "\u212B",
            "1", "23", "456", "7890", "'s", "'LL", "'re", "''", "don't", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\u3000", ".", ",", "!?", "...", "(", ")", "--", "_", "/", "#", "$", "@x",
            "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<|endoftext|>", "e", "a\u0301\u0323", "\u1100\u1161\u11a8", "xyz", "ing", "tion", "ABC", "iPhone", "McX",
        ];
        var random = new Random(seed);
        yield return "";
        foreach (var part in parts) yield return part;
        for (var i = 0; i < 400; i++) yield return string.Concat(Enumerable.Range(0, random.Next(2, 24)).Select(_ => parts[random.Next(parts.Length)]));
    }
}
