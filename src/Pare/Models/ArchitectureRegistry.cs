using Pare.Models.Architectures;

namespace Pare.Models;

/// <summary>The families that Pare knows. A new one is a file in <c>Architectures/</c> and a line here.</summary>
public static class ArchitectureRegistry
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new Llama(), new Mistral(), new Qwen2(), new Qwen3(), new Opt(), new Gpt2(), new GptNeoX(), new Phi3(),
        new Gemma(), new Gemma2(), new Gemma3(), new Olmo2(), new Granite(), new StarCoder2(),
    ];

    /// <summary>Finds the family of a Hugging Face configuration.</summary>
    internal static Architecture Of(ConfigReader config)
    {
        var type = config.Text("model_type") ?? throw config.Problem("model_type", $"is missing; Pare knows {Names}");
        type = ConfigStructure.FamilyOf(config, type);
        return All.FirstOrDefault(architecture => architecture.ModelType == type)
            ?? throw config.Problem("model_type", type.Contains("moe", StringComparison.Ordinal) || type == "mixtral"
                ? $"'{type}' is a mixture of experts, which is not supported yet; Pare knows {Names}"
                : $"'{type}' is an unknown architecture; Pare knows {Names}");
    }

    /// <summary>Under this name llama.cpp runs Llama models whose layers differ in shape.</summary>
    internal const string LlamaPerLayer = "deci";

    /// <summary>The family of a GGUF file, or null.</summary>
    /// <remarks>Mistral is stored as llama and read as such: without a sliding window the two compute the same.</remarks>
    internal static Architecture? OfGguf(string name) => All.FirstOrDefault(architecture => architecture.GgufName == (name == LlamaPerLayer ? "llama" : name));

    /// <summary>Values of general.architecture that are known, for messages.</summary>
    internal static string GgufNames => string.Join(", ", All.Select(architecture => architecture.GgufName).Where(name => name is not null).Distinct());

    private static string Names => string.Join(", ", All.Select(architecture => architecture.ModelType));
}
