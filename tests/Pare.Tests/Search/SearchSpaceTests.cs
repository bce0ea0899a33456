using Pare.Numerics;
using Pare.Search;

namespace Pare.Tests.Search;

public sealed class SearchSpaceTests
{
    private static readonly SearchSpace s_space = new(
    [
        SearchDimension.Ordered("depth", [2, 4, 6]),
        SearchDimension.Ordered("width", [64, 128]) with { Condition = new DimensionCondition("depth", 1) },
        SearchDimension.Categorical("format", "F32", "Q8_0") with { Condition = new DimensionCondition("width", 1) },
        SearchDimension.Real("threshold", -0.5, 0.5),
    ]);

    [Fact]
    public void Candidates_that_mean_the_same_are_equal()
    {
        var first = s_space.Create([0, 1, 1, 0.25]);
        var second = s_space.Create([-3, 0, 7, 0.25]);
        Assert.Equal(first, second);
        Assert.Equal("""{"depth":"2","threshold":"0.25"}""", s_space.Format(first));
        Assert.NotEqual(first, s_space.Create([1, 0, 0, 0.25]));
        Assert.Equal("""{"depth":"4","width":"128","format":"Q8_0","threshold":"0.5"}""", s_space.Format(s_space.Create([1, 1, 1, 9])));
        Assert.Equal(s_space.Format(s_space.Create([0, 0, 0, 0.0])), s_space.Format(s_space.Create([0, 0, 0, -0.0])));
    }

    [Fact]
    public void Text_and_candidate_are_one()
    {
        var random = new SeededRandom(1);
        for (var i = 0; i < 200; i++)
        {
            var candidate = s_space.Sample(random);
            Assert.Equal(candidate, s_space.Parse(s_space.Format(candidate)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"depth":"3","threshold":"0.25"}""")]
    [InlineData("""{"depth":"2","threshold":"0.75"}""")]
    [InlineData("""{"depth":"2","threshold":"NaN"}""")]
    [InlineData("""{"depth":"2","width":"64","threshold":"0.25"}""")]
    [InlineData("""{"depth":"2","threshold":"0.25","more":"1"}""")]
    [InlineData("""{"depth":2,"threshold":"0.25"}""")]
    public void Texts_of_other_spaces_are_refused(string text) => Assert.Throws<FormatException>(() => s_space.Parse(text));

    [Fact]
    public void Spaces_without_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SearchSpace([]));
        Assert.Throws<ArgumentException>(() => new SearchSpace([SearchDimension.Real("a", 0, 1), SearchDimension.Real("a", 0, 1)]));
        Assert.Throws<ArgumentException>(() => new SearchSpace([SearchDimension.Real("a", 0, 1) with { Condition = new DimensionCondition("b", 1) }]));
        Assert.Throws<ArgumentException>(() => SearchDimension.Real("a", 1, 1));
        Assert.Throws<ArgumentException>(() => SearchDimension.Ordered("a", [2, 1]));
        Assert.Throws<ArgumentException>(() => SearchDimension.Categorical("a", "x", "x"));
        Assert.Throws<ArgumentException>(() => SearchDimension.Categorical("a"));
    }
}
