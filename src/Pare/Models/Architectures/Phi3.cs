using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Phi-3 and Phi-3.5: fused query-key-value and gate-up.</summary>
internal sealed class Phi3 : Architecture
{
    public override string ModelType => "phi3";

    public override string ClassName => "Phi3ForCausalLM";

    public override string? GgufName => "phi3";

    internal override ConfigKeys Keys { get; } = new() { HeadSize = null };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = TensorNames.Llama.With(
        (ParameterRole.Query, new ModuleName("model.layers.{0}.self_attn.qkv_proj", Fusion.QueryKeyValue)),
        (ParameterRole.Key, new ModuleName("model.layers.{0}.self_attn.qkv_proj", Fusion.QueryKeyValue)),
        (ParameterRole.Value, new ModuleName("model.layers.{0}.self_attn.qkv_proj", Fusion.QueryKeyValue)),
        (ParameterRole.Gate, new ModuleName("model.layers.{0}.mlp.gate_up_proj", Fusion.GateUp)),
        (ParameterRole.Up, new ModuleName("model.layers.{0}.mlp.gate_up_proj", Fusion.GateUp)));

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames { get; } = GgufTensorNames.FusedQueryKeyValue.With(
        (ParameterRole.Gate, new ModuleName("blk.{0}.ffn_up", Fusion.GateUp)),
        (ParameterRole.Up, new ModuleName("blk.{0}.ffn_up", Fusion.GateUp)));

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "silu";
        var window = source.Size("attention.sliding_window", 0);
        json["sliding_window"] = window > 0 ? window : null;
    }

    internal override ModelConfig Read(ConfigReader config) =>
        ReadStandard(config, (_, layer) => layer with { SlidingWindow = SlidingWindows.Of(config) });
}
