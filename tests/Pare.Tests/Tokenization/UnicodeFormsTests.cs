using System.Text;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class UnicodeFormsTests
{
    // Values of the Unicode standard (UAX #15, its tables and figures).
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\uFB01", "\uFB01", "\uFB01", "fi", "fi")]
    [InlineData("2\u2075", "2\u2075", "2\u2075", "25", "25")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307", "D\u0323\u0307", "\u1E0C\u0307", "D\u0323\u0307")]
    [InlineData("\uAC01", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\uFF21\u2163", "\uFF21\u2163", "\uFF21\u2163", "AIV", "AIV")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U0001D518", "\U0001D518", "\U0001D518", "U", "U")]
    [InlineData("plain", "plain", "plain", "plain", "plain")]
    [InlineData("a\u0300\u0315\u05AE\u0328", "\u0105\u05AE\u0300\u0315", "a\u0328\u05AE\u0300\u0315", "\u0105\u05AE\u0300\u0315", "a\u0328\u05AE\u0300\u0315")]
    public void A_text_has_its_four_forms(string text, string c, string d, string kc, string kd)
    {
        Assert.Equal(c, UnicodeForms.Normalize(text, NormalizationForm.FormC));
        Assert.Equal(d, UnicodeForms.Normalize(text, NormalizationForm.FormD));
        Assert.Equal(kc, UnicodeForms.Normalize(text, NormalizationForm.FormKC));
        Assert.Equal(kd, UnicodeForms.Normalize(text, NormalizationForm.FormKD));
    }
}
