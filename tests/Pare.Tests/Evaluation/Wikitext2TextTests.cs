using Pare.Evaluation;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation;

public class Wikitext2TextTests
{
    [Fact]
    public void Blank_rows_are_empty_and_all_rows_are_joined_with_two_line_feeds() =>
        Assert.Equal("\n\n = A = \n\n\n\n\n B .\n", Wikitext2Text.Join(" \n = A = \n \n B .\n"));

    [Fact]
    public void A_last_row_without_line_feed_is_a_row() => Assert.Equal("a\n\n\nb", Wikitext2Text.Join("a\nb"));

    [Fact]
    public void Nothing_joins_to_nothing() => Assert.Equal("", Wikitext2Text.Join(""));

    [SharedFact]
    public void The_test_split_has_its_known_length() =>
        Assert.Equal(1_294_336, Wikitext2Text.Join(File.ReadAllText(SharedFiles.Path("data", "text", "wikitext-2-raw-test.txt"))).Length);
}
