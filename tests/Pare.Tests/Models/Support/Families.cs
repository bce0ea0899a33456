using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Tests.Models.Support;

/// <summary>The recorded families, and what makes two models the same.</summary>
internal static class Families
{
    public static readonly string[] Names =
    [
        "gemma", "gemma2", "gemma3", "gpt-neox", "gpt2", "granite", "llama", "llama-rope-linear", "llama-rope-llama3", "llama-rope-yarn", "llama-tied-bias",
        "mistral-sliding", "olmo2", "opt", "opt-350m-style", "phi3", "phi3-longrope", "qwen2", "qwen3", "starcoder2",
    ];

    public static TheoryData<string> All => [.. Names];

    public static TheoryData<string> InGguf => [.. Names.Where(name => !name.StartsWith("opt", StringComparison.Ordinal))];

    public static string PathOf(string family) => SharedFiles.Path("reference", "families", family);

    /// <summary>Everything that the function depends on, as text; rotary embeddings as the frequencies that they give.</summary>
    public static string Describe(ModelConfig config)
    {
        var json = JsonSerializer.SerializeToNode(config with { Source = [] })!.AsObject();
        json["Architecture"] = config.Architecture.ModelType == "mistral" ? "llama" : config.Architecture.ModelType;
        foreach (var (layer, node) in config.Layers.Zip(json["Layers"]!.AsArray()))
        {
            if (layer.Rope is null) continue;
            var frequencies = new JsonArray();
            foreach (var length in (int[])[1, config.MaxPositionEmbeddings])
            {
                var turned = RopeFrequencies.Compute(layer.Rope, length, out var factor);
                foreach (var frequency in turned) frequencies.Add(frequency.ToString("G5"));
                frequencies.Add(factor.ToString("G5"));
            }

            node!["Rope"] = frequencies;
        }

        return json.ToJsonString();
    }

    public static void AssertSameWeights(Model expected, Model found, float tolerance = 0)
    {
        Assert.Equal(expected.Graph.Parameters.Select(p => p.Id), found.Graph.Parameters.Select(p => p.Id));
        foreach (var parameter in expected.Graph.Parameters)
        {
            var (a, b) = (expected.GetWeight(parameter.Id).ToArray(), found.GetWeight(parameter.Id).ToArray());
            Assert.Equal(a.Length, b.Length);
            for (var i = 0; i < a.Length; i++)
            {
                if (BitConverter.SingleToUInt32Bits(a[i]) != BitConverter.SingleToUInt32Bits(b[i]) && !(Math.Abs(a[i] - b[i]) <= tolerance))
                    Assert.Fail($"{parameter.Name}[{i}]: expected {a[i]}, found {b[i]}");
            }
        }
    }
}
