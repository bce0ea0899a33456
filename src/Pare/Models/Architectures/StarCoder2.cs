using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>StarCoder2: layer norms, biases, a plain feed-forward network with tanh GELU.</summary>
internal sealed class StarCoder2 : Architecture
{
    public override string ModelType => "starcoder2";

    public override string ClassName => "Starcoder2ForCausalLM";

    public override string? GgufName => "starcoder2";

    internal override bool TiesByDefault => true;

    internal override bool Gated => false;

    internal override ConfigKeys Keys { get; } = new() { NormEpsilon = "norm_epsilon" };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = TensorNames.Llama.With(
        (ParameterRole.Up, "model.layers.{0}.mlp.c_fc"),
        (ParameterRole.Down, "model.layers.{0}.mlp.c_proj"));

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "gelu_pytorch_tanh";
        json["use_bias"] = source.AnyBlockHas("attn_q.bias");
        json["sliding_window"] = null;
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("use_bias", true);
        return ReadStandard(config, (_, layer) => layer with { SlidingWindow = SlidingWindows.Of(config) }) with
        {
            Norm = NormKind.LayerNorm,
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.GeluTanh),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FfnBias = bias,
        };
    }
}
