using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class RecipeTests
{
    [Fact]
    public void YAML_and_JSON_mean_the_same()
    {
        var yaml = Recipe.Parse("""
            seed: 7
            passes:
              - method: channel-scaling
                factors: scales.safetensors
              - { method: round-to-nearest, format: q4_0, embeddingFormat: Q8_0, sites: ["*.q_proj", "*.k_proj"] }
            """);
        var json = Recipe.Parse("""
            { "seed": 7, "passes": [
              { "method": "channel-scaling", "factors": "scales.safetensors" },
              { "method": "round-to-nearest", "format": "q4_0", "embeddingFormat": "q8_0", "sites": ["*.q_proj", "*.k_proj"] } ] }
            """);
        Assert.Equal(yaml.ToJson().ToJsonString(), json.ToJson().ToJsonString());
        Assert.Equal(7, yaml.Seed);
        var rounding = Assert.IsType<RoundToNearestOptions>(yaml.Passes[1]);
        Assert.Equal((ElementType.Q4_0, ElementType.Q8_0), (rounding.Format, rounding.EmbeddingFormat));
        Assert.Equal(["*.q_proj", "*.k_proj"], rounding.Sites);
    }

    [Theory]
    [InlineData("passes: [{ method: round-to-nearest, formt: q4_0, format: q4_0 }]", "passes[0].formt", "'format'")]
    [InlineData("sead: 1\npasses: [{ method: round-to-nearest, format: q4_0 }]", "sead", "'seed'")]
    [InlineData("passes: [{ method: round-to-nearst, format: q4_0 }]", "passes[0].method", "round-to-nearest")]
    [InlineData("passes: [{ method: round-to-nearest }]", "passes[0].format", "missing")]
    [InlineData("passes: [{ method: round-to-nearest, format: q9_0 }]", "passes[0].format", "q4_0")]
    [InlineData("passes: [{ method: round-to-nearest, format: i8 }]", "passes[0].format", "q4_0")]
    [InlineData("passes: [{ method: round-to-nearest, format: { a: b } }]", "passes[0].format", "text")]
    [InlineData("passes: [{ method: round-to-nearest, format: q4_0, sites: [] }]", "passes[0].sites", "list")]
    [InlineData("passes: [{ method: round-to-nearest, format: q4_0, sites: [[a]] }]", "passes[0].sites[0]", "text")]
    [InlineData("passes: []", "passes", "at least one")]
    [InlineData("passes: [just-a-word]", "passes[0]", "mapping")]
    [InlineData("seed: many\npasses: [{ method: round-to-nearest, format: q4_0 }]", "seed", "whole number")]
    [InlineData("{ \"passes\": [", "", "line")]
    [InlineData("passes: 1\npasses: 2", "", "line")]
    [InlineData("", "", "empty")]
    [InlineData("- a", "", "mapping")]
    public void A_faulty_document_is_refused_with_its_place(string text, string path, string said)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(text));
        Assert.Equal(path, error.Path);
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public void A_pattern_that_matches_no_site_is_refused_with_the_nearest_name()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var recipe = Recipe.Parse("passes: [{ method: round-to-nearest, format: q8_0, sites: [\"*.mlp.*\", model.layers.1.self_atn.q_proj] }]");
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe));
        Assert.Equal("passes[0].sites", error.Path);
        Assert.Contains("model.layers.1.self_attn.q_proj", error.Message);
    }

    [Theory]
    [InlineData("*", "a.b", true)]
    [InlineData("a.*.c", "a.b.x.c", true)]
    [InlineData("a.*.c", "a.b.x.d", false)]
    [InlineData("*ab*ab", "abxabab", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("", "", true)]
    public void Patterns_match_whole_names(string pattern, string name, bool matches) => Assert.Equal(matches, SitePatterns.Matches(pattern, name));
}
