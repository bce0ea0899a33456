using System.Text.Json.Nodes;

namespace Pare.Models;

/// <summary>A named shape of a Llama-like model.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="HiddenSize">Channels of the residual stream.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Query heads of a block.</param>
/// <param name="KeyValueHeads">Key-value heads of a block.</param>
/// <param name="FfnSize">Neurons of a block.</param>
/// <param name="VocabularySize">Entries of the embedding table.</param>
/// <param name="Tied">Whether the head is the embedding table.</param>
public sealed record ModelShape(string Name, int HiddenSize, int Layers, int Heads, int KeyValueHeads, int FfnSize, int VocabularySize, bool Tied)
{
    /// <summary>All named shapes: SmolLM2 135M and 360M, TinyLlama 1.1B, Llama 3.2 3B and Llama 2 7B.</summary>
    public static IReadOnlyList<ModelShape> All { get; } =
    [
        new("135m", 576, 30, 9, 3, 1536, 49152, true),
        new("360m", 960, 32, 15, 5, 2560, 49152, true),
        new("1.1b", 2048, 22, 32, 4, 5632, 32000, false),
        new("3b", 3072, 28, 24, 8, 8192, 128256, true),
        new("7b", 4096, 32, 32, 32, 11008, 32000, false),
    ];

    /// <summary>Finds a shape.</summary>
    /// <param name="name">Its name, in either case.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static ModelShape Find(string name) =>
        All.FirstOrDefault(shape => shape.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"there is no shape '{name}'; known are {string.Join(", ", All.Select(shape => shape.Name))}", nameof(name));

    /// <summary>The shape as a Hugging Face configuration.</summary>
    internal JsonObject ToConfig() => (JsonObject)JsonNode.Parse($$"""
        {
          "model_type": "llama", "hidden_size": {{HiddenSize}}, "num_hidden_layers": {{Layers}}, "num_attention_heads": {{Heads}},
          "num_key_value_heads": {{KeyValueHeads}}, "intermediate_size": {{FfnSize}}, "vocab_size": {{VocabularySize}},
          "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": {{(Tied ? "true" : "false")}}
        }
        """)!;
}
