using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pare.Tokenization;

/// <summary>Writes a trained byte-level BPE tokenizer as Hugging Face's tokenizer.json and tokenizer_config.json.</summary>
internal static class TokenizerJsonWriter
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The bytes of tokenizer.json.</summary>
    public static byte[] Tokenizer(TrainedTokenizer tokenizer) => Write(json =>
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < tokenizer.SpecialTokens.Count; id++) Special(json, tokenizer.SpecialTokens[id], id);
        json.WriteEndArray();
        json.WriteNull("normalizer");
        ByteLevel(json, "pre_tokenizer");
        json.WriteNull("post_processor");
        ByteLevel(json, "decoder");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var name in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"]) json.WriteNull(name);
        foreach (var name in (string[])["fuse_unk", "byte_fallback", "ignore_merges"]) json.WriteBoolean(name, false);
        json.WriteStartObject("vocab");
        for (var id = 0; id < tokenizer.Tokens.Count; id++) json.WriteNumber(tokenizer.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in tokenizer.Merges) json.WriteStringValue($"{left} {right}");
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The bytes of tokenizer_config.json.</summary>
    public static byte[] Config(TrainedTokenizer tokenizer) => Write(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteBoolean("add_bos_token", false);
        json.WriteBoolean("add_eos_token", false);
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteStartObject("added_tokens_decoder");
        for (var id = 0; id < tokenizer.SpecialTokens.Count; id++)
        {
            json.WritePropertyName(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Special(json, tokenizer.SpecialTokens[id], null);
        }

        json.WriteEndObject();
        if (tokenizer.SpecialTokens is [var end, ..]) json.WriteString("eos_token", end);
    });

    private static void Special(Utf8JsonWriter json, string content, int? id)
    {
        json.WriteStartObject();
        if (id is { } number) json.WriteNumber("id", number);
        json.WriteString("content", content);
        foreach (var name in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(name, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void ByteLevel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
