using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Qwen2 and Qwen2.5: biases on query, key and value.</summary>
internal sealed class Qwen2 : Architecture
{
    public override string ModelType => "qwen2";

    public override string ClassName => "Qwen2ForCausalLM";

    public override string? GgufName => "qwen2";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "silu";
        json["use_sliding_window"] = false;
    }

    internal override ModelConfig Read(ConfigReader config) =>
        ReadStandard(config, (i, layer) => layer with { SlidingWindow = Window(config, i) }) with { QueryKeyValueBias = true };

    internal static int? Window(ConfigReader config, int layer)
    {
        if (!config.Flag("use_sliding_window", false)) return null;
        return SlidingWindows.OfLayer(config, layer, i => i >= config.Size("max_window_layers", int.MaxValue));
    }
}
