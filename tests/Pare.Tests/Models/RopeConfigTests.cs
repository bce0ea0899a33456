using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;

namespace Pare.Tests.Models;

public sealed class RopeConfigTests
{
    [Fact]
    public void Two_with_the_same_divisors_are_equal_and_hash_alike()
    {
        var (a, b) = (Long(1, 2), Long(1, 2));

        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.NotEqual(a, Long(1, 3));
        Assert.NotEqual(a, a with { Theta = 500 });
        Assert.NotEqual(a, a with { LongFactor = null });
        Assert.NotEqual(a, a with { ShortFactor = [1] });
        Assert.Equal(new RopeConfig { Dimensions = 4 }, new RopeConfig { Dimensions = 4 });
    }

    [Theory]
    [InlineData("[1, 0]")]
    [InlineData("[-1, 1]")]
    [InlineData("[1, null]")]
    [InlineData("[1]")]
    public void Divisors_that_are_not_positive_numbers_one_for_each_pair_are_refused(string factors)
    {
        var config = Config("[1, 1.5]", factors);
        Assert.Equal("long_factor", Assert.Throws<ModelFormatException>(() => RopeReader.Read(config, 4)).Place);
        config = Config(factors, "[1, 1.5]");
        Assert.Equal("short_factor", Assert.Throws<ModelFormatException>(() => RopeReader.Read(config, 4)).Place);
        Assert.Equal([1, 1.5], RopeReader.Read(Config("[1, 1.5]", "[2, 3]"), 4).ShortFactor!);
    }

    private static RopeConfig Long(params double[] factors) =>
        new() { Dimensions = 4, Scaling = RopeScaling.LongRope, ShortFactor = [1, 1], LongFactor = factors };

    private static ConfigReader Config(string shortFactor, string longFactor) => new("config.json", JsonNode.Parse(
        $$$"""{"max_position_embeddings":32,"rope_scaling":{"type":"longrope","original_max_position_embeddings":16,"short_factor":{{{shortFactor}}},"long_factor":{{{longFactor}}} }}""")!.AsObject());
}
