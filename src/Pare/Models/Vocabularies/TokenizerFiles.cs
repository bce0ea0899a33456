using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models.Vocabularies;

/// <summary>Writes the tokenizer files of a model folder from GGUF metadata.</summary>
internal static class TokenizerFiles
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes tokenizer.json (byte-level BPE) or tokenizer.model (SentencePiece BPE), and tokenizer_config.json.</summary>
    public static void Write(string folder, GgufMetadata metadata)
    {
        var model = metadata.GetString("tokenizer.ggml.model", "none");
        if (model is "none" or "no_vocab") return;
        var tokens = metadata.GetStringArray("tokenizer.ggml.tokens");
        var kinds = metadata.ContainsKey("tokenizer.ggml.token_type") ? metadata.GetInt32Array("tokenizer.ggml.token_type") : [.. Enumerable.Repeat(1, tokens.Length)];
        if (kinds.Length != tokens.Length) throw new ModelFormatException(metadata.File, "tokenizer.ggml.token_type", $"has {kinds.Length} entries for {tokens.Length} tokens");
        var pre = metadata.GetString("tokenizer.ggml.pre", "default");
        if (model == "gpt2") WriteText(Path.Combine(folder, "tokenizer.json"), ByteLevel(metadata, tokens, kinds, pre));
        else if (model == "llama") AtomicFile.Write(Path.Combine(folder, "tokenizer.model"), stream => stream.Write(SentencePieceWriter.Write(metadata, tokens, kinds)));
        else throw new ExportException($"a tokenizer of kind '{model}' cannot be written to a model folder");
        WriteText(Path.Combine(folder, "tokenizer_config.json"), Settings(metadata, tokens, kinds, model, pre));
    }

    private static JsonObject ByteLevel(GgufMetadata metadata, string[] tokens, int[] kinds, string pre)
    {
        var (preTokenizer, ignoresMerges) = PreTokenizerNames.ToJson(pre);
        var vocabulary = new JsonObject();
        for (var id = 0; id < tokens.Length; id++) vocabulary.TryAdd(tokens[id], id);
        var added = Enumerable.Range(0, tokens.Length).Where(id => Kind(kinds, id) is PieceKind.Control or PieceKind.UserDefined)
            .Select(id => (JsonNode)Added(tokens[id], Kind(kinds, id) == PieceKind.Control, id));
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = ignoresMerges,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. metadata.GetStringArray("tokenizer.ggml.merges").Select(merge => (JsonNode)merge)]),
            },
        };
    }

    private static JsonObject Settings(GgufMetadata metadata, string[] tokens, int[] kinds, string model, string pre)
    {
        var settings = new JsonObject
        {
            // llama.cpp's rule where the file does not say: SentencePiece and Llama 3 begin with BOS.
            ["add_bos_token"] = metadata.GetBool("tokenizer.ggml.add_bos_token", model == "llama" || pre is "llama-bpe" or "llama3" or "llama-v3"),
            ["add_eos_token"] = metadata.GetBool("tokenizer.ggml.add_eos_token", false),
        };
        Name("bos_token", "bos_token_id");
        Name("eos_token", "eos_token_id");
        Name("unk_token", "unknown_token_id");
        Name("pad_token", "padding_token_id");
        var special = new JsonObject();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (Kind(kinds, id) is PieceKind.Control or PieceKind.UserDefined)
            {
                var token = Added(tokens[id], Kind(kinds, id) == PieceKind.Control, id);
                token.Remove("id");
                special[id.ToString()] = token;
            }
        }

        if (model == "gpt2") settings["added_tokens_decoder"] = special;
        if (metadata.GetString("tokenizer.chat_template", null) is { } template) settings["chat_template"] = template;
        settings["tokenizer_class"] = model == "llama" ? "LlamaTokenizer" : "PreTrainedTokenizerFast";
        return settings;

        void Name(string key, string idKey)
        {
            if (!metadata.ContainsKey("tokenizer.ggml." + idKey)) return;
            var id = metadata.GetInt64("tokenizer.ggml." + idKey);
            if (id >= 0 && id < tokens.Length) settings[key] = tokens[id];
        }
    }

    private static JsonObject Added(string content, bool special, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = special,
    };

    private static PieceKind Kind(int[] kinds, int id) => (PieceKind)kinds[id];

    private static void WriteText(string path, JsonNode json) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString(s_json) + "\n")));
}
