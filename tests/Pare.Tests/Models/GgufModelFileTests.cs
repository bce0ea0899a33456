using System.Text.Json.Nodes;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Tests.Models;

public sealed class GgufModelFileTests
{
    /// <summary>Keys of the expected configuration that change nothing about the function and are not in a GGUF file.</summary>
    private static readonly string[] s_omitted = ["attention_dropout", "initializer_range", "pretraining_tp", "transformers_version", "use_cache"];

    [SharedFact]
    public void The_configuration_of_the_real_model_is_what_Hugging_Face_has()
    {
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var expected = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "config.expected.json")))!.AsObject();
        var found = model.Config.Source;
        foreach (var (key, value) in expected)
        {
            if (s_omitted.Contains(key)) continue;
            Assert.True(found.ContainsKey(key), key);
            Assert.True(Same(value, found[key]), $"{key}: expected {value?.ToJsonString()}, found {found[key]?.ToJsonString()}");
        }

        Assert.Empty(found.Select(entry => entry.Key).Except(expected.Select(entry => entry.Key)));
        Assert.Equal(134_515_008, model.Graph.ParameterCount);
    }

    // Numbers are compared as numbers: 100000 and 100000.0 are the same.
    private static bool Same(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (JsonObject x, JsonObject y) => x.Count == y.Count && x.All(entry => y.ContainsKey(entry.Key) && Same(entry.Value, y[entry.Key])),
        (JsonArray x, JsonArray y) => x.Count == y.Count && x.Zip(y).All(pair => Same(pair.First, pair.Second)),
        (JsonValue x, JsonValue y) when x.GetValueKind() == System.Text.Json.JsonValueKind.Number && y.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            double.Parse(x.ToJsonString()) == double.Parse(y.ToJsonString()),
        _ => JsonNode.DeepEquals(a, b),
    };
}
