namespace Pare.Models.Architectures;

/// <summary>Mistral, with an optional sliding window in all layers.</summary>
internal sealed class Mistral : Architecture
{
    public override string ModelType => "mistral";

    public override string ClassName => "MistralForCausalLM";

    /// <remarks>llama.cpp runs Mistral as Llama and knows no sliding window there.</remarks>
    public override string? GgufName => "llama";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.RotaryInterleaved;

    internal override ModelConfig Read(ConfigReader config) =>
        ReadStandard(config, (_, layer) => layer with { SlidingWindow = SlidingWindows.Of(config) });
}
