using Pare.Reports;

namespace Pare.Tests.Reports;

public sealed class MarkdownTableTests
{
    [Fact]
    public void A_table_is_padded_and_aligned()
    {
        var table = new ReportTable("", new ReportColumn("model", IsNumeric: false), new ReportColumn("size (MB)")).Add("dense", "269").Add("Q4\\_0 | small", null);
        const string expected = """
            | model            | size (MB) |
            |------------------|----------:|
            | dense            |       269 |
            | Q4\\\_0 \| small |         – |

            """;
        Assert.Equal(expected, MarkdownTable.Write(table));
    }

    [Fact]
    public void A_caption_and_line_breaks_do_not_break_the_table()
    {
        var text = MarkdownTable.Write(new ReportTable("What it shows", new ReportColumn("a\nb")).Add("1\r\n2"));
        Assert.Equal("What it shows\n\n|  a b |\n|-----:|\n| 1  2 |\n", text);
    }
}
