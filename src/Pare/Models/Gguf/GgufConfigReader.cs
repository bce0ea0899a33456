using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models.Gguf;

/// <summary>Turns a GGUF file's metadata into the Hugging Face configuration that it amounts to.</summary>
/// <remarks>
/// Keys that do not change the function (initializer_range, dropouts, transformers_version, use_cache, …) are not in a GGUF file and are left out.
/// </remarks>
internal static class GgufConfigReader
{
    public static JsonObject Read(GgufFile file)
    {
        var name = file.Metadata.GetString("general.architecture");
        var architecture = ArchitectureRegistry.OfGguf(name)
            ?? throw new ModelFormatException(file.FilePath, "general.architecture", $"'{name}' is an unknown architecture; Pare knows {ArchitectureRegistry.GgufNames}");
        var source = new GgufSource(file, name);
        var keys = architecture.Keys;
        var layers = source.Size("block_count");
        if (layers is < 1 or > 4096) throw source.Problem(source.Key("block_count"), $"must be from 1 to 4096, is {layers}");
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(architecture.ClassName),
            ["model_type"] = architecture.ModelType,
            [keys.HiddenSize] = source.Size("embedding_length"),
            [keys.Layers] = layers,
            [keys.FfnSize] = source.PerLayer("feed_forward_length", layers),
            [keys.MaxPositions] = source.Size("context_length"),
            ["vocab_size"] = VocabularySize(source),
            ["tie_word_embeddings"] = !source.Tensors.ContainsKey("output.weight"),
            ["dtype"] = PlainType(source),
        };
        var headSize = AddHeads(source, keys, layers, json);
        AddEpsilon(source, keys, json);
        AddTokens(source, json);
        if (architecture.Position == PositionKind.Rotary) json["rope_parameters"] = GgufRopeReader.Read(source, headSize);
        architecture.ReadGguf(source, json);
        // As if it had been read from a file: numbers without a type of their own.
        return JsonNode.Parse(json.ToJsonString())!.AsObject();
    }

    private static int AddHeads(GgufSource source, ConfigKeys keys, int layers, JsonObject json)
    {
        json[keys.Heads] = source.PerLayer("attention.head_count", layers);
        var heads = source.Metadata.GetInt32PerLayer(source.Key("attention.head_count"), layers);
        var keyValueHeads = source.Has("attention.head_count_kv") ? source.Metadata.GetInt32PerLayer(source.Key("attention.head_count_kv"), layers) : heads;
        if (keys.KeyValueHeads is not null)
            json[keys.KeyValueHeads] = source.PerLayer(source.Has("attention.head_count_kv") ? "attention.head_count_kv" : "attention.head_count", layers);
        else if (!keyValueHeads.SequenceEqual(heads))
            throw source.Problem(source.Key("attention.head_count_kv"), "this family has as many key-value heads as query heads");
        var most = heads.Max();
        var hidden = source.Size("embedding_length");
        if (most < 1) throw source.Problem(source.Key("attention.head_count"), $"a positive number was expected, {most} was found");
        var size = source.Size("attention.key_length", hidden / most);
        var valueSize = source.Size("attention.value_length", size);
        if (valueSize != size) throw source.Problem(source.Key("attention.value_length"), $"value heads of {valueSize} and key heads of {size} channels are not supported; they must be equal");
        if (keys.HeadSize is not null) json[keys.HeadSize] = size;
        else if (size * most != hidden) throw source.Problem(source.Key("attention.key_length"), $"heads of {size} channels were found; this family's are {hidden} / {most} channels wide");
        return size;
    }

    private static void AddEpsilon(GgufSource source, ConfigKeys keys, JsonObject json)
    {
        json[keys.NormEpsilon] = source.Number("attention.layer_norm_rms_epsilon") ?? source.Number("attention.layer_norm_epsilon")
            ?? throw source.Problem(source.Key("attention.layer_norm_rms_epsilon"), "is missing");
    }

    private static void AddTokens(GgufSource source, JsonObject json)
    {
        foreach (var (key, name) in (ReadOnlySpan<(string, string)>)[("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding")])
        {
            // Files say "no such token" as -1, or as its 32 bits read without a sign.
            var id = source.Metadata.GetInt64($"tokenizer.ggml.{name}_token_id", -1);
            if (id is not (-1 or uint.MaxValue)) json[key] = id;
        }
    }

    private static long VocabularySize(GgufSource source) => source.Tensors.TryGetValue("token_embd.weight", out var table)
        ? table.Rows : throw source.Problem("token_embd.weight", "the tensor is missing");

    private static string PlainType(GgufSource source) => source.Tensors["token_embd.weight"].Type switch
    {
        ElementType.F16 => "float16",
        ElementType.BF16 => "bfloat16",
        _ => "float32",
    };
}
