using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Gemma 1: embeddings scaled by √hidden, norm weights stored less one, gated tanh GELU.</summary>
internal sealed class Gemma : Architecture
{
    public override string ModelType => "gemma";

    public override string ClassName => "GemmaForCausalLM";

    public override string? GgufName => "gemma";

    internal override bool TiesByDefault => true;

    internal override ConfigKeys Keys { get; } = new() { Activation = "hidden_activation" };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.OffsetNorms;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "gelu_pytorch_tanh";
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", false);
        var standard = ReadStandard(config);
        return standard with
        {
            NormWeightOffset = 1,
            EmbeddingMultiplier = (float)Math.Sqrt(standard.HiddenSize),
            // Early configurations say "gelu" in hidden_act and mean the tanh form, which the models were trained with.
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.GeluTanh),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }
}
