using Pare.Formats;

namespace Pare.Tests.Formats;

public sealed class ElementTypeNamesTests
{
    [Fact]
    public void Every_name_is_read_back_in_either_case()
    {
        foreach (var type in Enum.GetValues<ElementType>())
        {
            Assert.Equal(type, ElementTypes.Parse(type.Name()));
            Assert.Equal(type, ElementTypes.Parse(type.ToString()));
        }

        Assert.Equal("q4_k", ElementType.Q4_K.Name());
        Assert.Equal("bf16", ElementType.BF16.Name());
    }

    [Theory]
    [InlineData("q9_k")]
    [InlineData("")]
    [InlineData("3")]
    [InlineData(" f16")]
    public void Unknown_names_are_refused_with_the_known_ones(string name)
    {
        Assert.Contains("q4_k", Assert.Throws<FormatException>(() => ElementTypes.Parse(name)).Message, StringComparison.Ordinal);
        Assert.False(ElementTypes.TryParse(name, out _));
    }
}
