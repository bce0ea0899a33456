using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

/// <summary>Small tokenizer files made in memory.</summary>
internal static class SmallTokenizer
{
    /// <summary>A byte-level tokenizer: 256 bytes, a few merges, two special tokens.</summary>
    public static JsonObject ByteLevel()
    {
        var vocabulary = new JsonObject();
        for (var i = 0; i < 256; i++) vocabulary[ByteAlphabet.ToCharacter((byte)i).ToString()] = i;
        var merges = new JsonArray();
        foreach (var merge in (string[])["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld", "Ġ Ġ", "Ã ©"])
        {
            merges.Add(merge);
            vocabulary.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Added(300, "<s>"), Added(301, "</s>")),
            ["normalizer"] = null,
            ["pre_tokenizer"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"""),
            ["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[300],"tokens":["<s>"]}}}"""),
            ["decoder"] = JsonNode.Parse("""{"type":"ByteLevel"}"""),
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = null, ["byte_fallback"] = false, ["ignore_merges"] = false, ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    /// <summary>A tokenizer of characters with byte fallback in the manner of Llama 2's tokenizer.json, from the sample model's pieces.</summary>
    public static JsonObject WithByteFallback()
    {
        var path = SharedFiles.InRepository("models", "stories260K", "tokenizer.model");
        var model = SentencePieceReader.Read(File.ReadAllBytes(path), path);
        var vocabulary = new JsonObject();
        for (var id = 0; id < model.Pieces.Count; id++) vocabulary[model.Pieces[id].Text] = id;
        var merges = new JsonArray();
        foreach (var (text, _, _) in model.Pieces.Where(piece => piece.Kind == PieceKind.Normal).OrderByDescending(piece => piece.Score))
        {
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (vocabulary.ContainsKey(text[..cut]) && vocabulary.ContainsKey(text[cut..])) merges.Add(new JsonArray(text[..cut], text[cut..]));
            }
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>")),
            ["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""),
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""),
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = "<unk>", ["fuse_unk"] = true, ["byte_fallback"] = true, ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    /// <summary>Reads a tokenizer made here.</summary>
    public static Tokenizer Read(JsonObject tokenizer, TokenizerSettings? settings = null) =>
        TokenizerJsonReader.Read(JsonSerializer.SerializeToUtf8Bytes(tokenizer), "tokenizer.json", settings ?? new TokenizerSettings());

    /// <summary>An added special token.</summary>
    public static JsonObject Added(int id, string content, bool special = true) =>
        new() { ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = special };
}
