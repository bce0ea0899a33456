using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models.Vocabularies;

/// <summary>GGUF's names of pre-tokenizers beside what tokenizer.json says for them.</summary>
internal static class PreTokenizerNames
{
    private const string WordsUpToThreeDigits =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string WordsSingleDigits =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Cased =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string CasedSingleDigits =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly (string Name, string Steps, bool IgnoresMerges)[] s_known =
    [
        ("gpt-2", "bytes+", false),
        ("smollm", "digits|bytes+", false),
        ("llama-bpe", "split:" + WordsUpToThreeDigits + "|bytes", true),
        ("smaug-bpe", "split:" + WordsUpToThreeDigits + "|bytes", false),
        ("qwen2", "split:" + WordsSingleDigits + "|bytes", false),
        ("llama4", "split:" + Cased + "|bytes", true),
        ("gpt-4o", "split:" + Cased + "|bytes", false),
        ("tekken", "split:" + CasedSingleDigits + "|bytes", true),
    ];

    /// <summary>The name for a tokenizer.json.</summary>
    /// <exception cref="ExportException">GGUF has none for it.</exception>
    public static string Find(string file, JsonElement tokenizer, bool ignoresMerges)
    {
        var steps = new List<string>();
        if (tokenizer.TryGetProperty("pre_tokenizer", out var pre) && pre.ValueKind == JsonValueKind.Object) Flatten(pre, steps);
        var key = string.Join('|', steps);
        foreach (var (name, known, ignores) in s_known)
        {
            if (known == key && ignores == ignoresMerges) return name;
        }

        throw new ExportException($"{file}: GGUF has no name for this tokenizer's way to cut texts ({(key.Length <= 100 ? key : key[..100] + "…")}); export to a Hugging Face folder instead");
    }

    /// <summary>The pre_tokenizer for a name, and whether whole words skip the merges.</summary>
    /// <exception cref="ExportException">The name is not known.</exception>
    public static (JsonNode PreTokenizer, bool IgnoresMerges) ToJson(string name)
    {
        // Names of other models that cut texts in one of the known ways.
        var canonical = name switch
        {
            "starcoder" or "refact" or "command-r" or "codeshell" or "exaone" or "minerva-7b" => "smollm",
            "phi-2" or "olmo" or "mpt" or "jais" or "gigachat" or "roberta-bpe" or "exaone4" => "gpt-2",
            "llama3" or "llama-v3" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" => "llama-bpe",
            "dbrx" or "olmo2" => "smaug-bpe",
            "stablelm2" or "hunyuan" or "megrez" or "deepseek-r1-qwen" => "qwen2",
            _ => name,
        };
        var found = Array.Find(s_known, entry => entry.Name == canonical);
        if (found.Name is null)
            throw new ExportException($"the GGUF file's tokenizer.ggml.pre '{name}' has no counterpart in tokenizer.json that Pare knows; copy the tokenizer's files from the original model folder");
        JsonNode[] steps = found.Steps switch
        {
            "bytes+" => [Bytes(true)],
            "digits|bytes+" => [new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, Bytes(true)],
            var split => [Split(split["split:".Length..^"|bytes".Length]), Bytes(false)],
        };
        return (steps.Length == 1 ? steps[0] : new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(steps) }, found.IgnoresMerges);
    }

    private static void Flatten(JsonElement step, List<string> steps)
    {
        switch (step.GetProperty("type").GetString())
        {
            case "Sequence":
                foreach (var inner in step.GetProperty("pretokenizers").EnumerateArray()) Flatten(inner, steps);
                break;
            case "ByteLevel":
                steps.Add(!step.TryGetProperty("use_regex", out var regex) || regex.GetBoolean() ? "bytes+" : "bytes");
                break;
            case "Digits" when step.TryGetProperty("individual_digits", out var individual) && individual.GetBoolean():
                steps.Add("digits");
                break;
            case "Split" when step.GetProperty("pattern").TryGetProperty("Regex", out var pattern):
                steps.Add("split:" + pattern.GetString());
                break;
            case var other:
                steps.Add(other ?? "?");
                break;
        }
    }

    private static JsonObject Bytes(bool cuts) => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = cuts };

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = pattern },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };
}
