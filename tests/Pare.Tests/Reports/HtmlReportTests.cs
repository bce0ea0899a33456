using System.Globalization;
using System.Xml.Linq;
using Pare.Reports;
using Pare.Reports.Plots;

namespace Pare.Tests.Reports;

public sealed class HtmlReportTests
{
    private const string Hostile = "</title><script>alert('x')</script>\"&\u0001\ud800";

    [Fact]
    public void A_page_has_its_parts_in_the_order_in_which_they_were_added()
    {
        var page = Parse(Sample());
        Assert.Equal("A model", page.Descendants("h1").Single().Value);
        Assert.Equal(["Perplexity", "Tasks"], page.Descendants("h2").Select(heading => heading.Value));
        Assert.Equal(["dl", "div", "figure", "p"], page.Descendants("section").First().Elements().Skip(1).Select(element => element.Name.LocalName));
        Assert.Equal("written in a test", page.Descendants("footer").Single().Value);
    }

    [Fact]
    public void A_page_needs_neither_network_nor_scripts()
    {
        var text = Sample().Render();
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Hostile_texts_stay_texts_wherever_they_are_put()
    {
        var report = new HtmlReport(Hostile, Hostile) { Footer = Hostile };
        report.Section(Hostile).Text(Hostile).Warning(Hostile).Figures(new ReportFigure(Hostile, Hostile, Hostile))
            .Table(new ReportTable(Hostile, new ReportColumn(Hostile)).Add(Hostile))
            .Folded(Hostile, new ReportTable(Hostile, new ReportColumn(Hostile)))
            .Plot(new XyPlot(Hostile, Hostile, new PlotAxis(Hostile), new PlotAxis(Hostile)).Add(new PlotSeries(Hostile, [1, 2], [1, 2])).Add(new PlotSeries(Hostile, [1], [1])).Add(new PlotReference(Hostile, 1)))
            .Plot(new BarPlot(Hostile, Hostile, new PlotAxis(Hostile), Hostile, Hostile).Add(Hostile, [new Bar(1, Hostile), null]));

        var page = Parse(report);
        Assert.Empty(page.Descendants("script"));
        Assert.Equal("</title><script>alert('x')</script>\"&\uFFFD\uFFFD", page.Descendants("title").First().Value);
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes() => Assert.Equal(Sample().Render(), Sample().Render());

    [Fact]
    public void Plots_have_titles_that_screen_readers_find()
    {
        var page = Parse(Sample());
        var plots = page.Descendants("svg").ToArray();
        Assert.Equal(2, plots.Length);
        Assert.Equal(plots.Length, plots.Select(plot => plot.Attribute("aria-labelledby")!.Value).Distinct().Count());
        foreach (var plot in plots)
        {
            Assert.Equal("img", plot.Attribute("role")!.Value);
            foreach (var id in plot.Attribute("aria-labelledby")!.Value.Split(' '))
            {
                Assert.Single(page.Descendants(), element => element.Attribute("id")?.Value == id);
            }
        }
    }

    [Fact]
    public void A_saved_page_replaces_the_file_and_leaves_nothing_else()
    {
        var folder = Directory.CreateTempSubdirectory("pare-report");
        try
        {
            var path = Path.Combine(folder.FullName, "report.html");
            File.WriteAllText(path, "old");
            Sample().Save(path);
            Assert.Equal(Sample().Render(), File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_row_must_fill_its_table()
    {
        var table = new ReportTable("", new ReportColumn("a"), new ReportColumn("b"));
        Assert.Contains("1 cells for 2 columns", Assert.Throws<ArgumentException>(() => table.Add("1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_drawn_lies_inside_its_plot()
    {
        foreach (var plot in Parse(Sample()).Descendants("svg"))
        {
            var box = plot.Attribute("viewBox")!.Value.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            foreach (var element in plot.Descendants())
            {
                foreach (var (name, limit) in new[] { ("x", 2), ("x1", 2), ("x2", 2), ("cx", 2), ("y", 3), ("y1", 3), ("y2", 3), ("cy", 3) })
                {
                    if (element.Attribute(name) is { } attribute) Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), 0, box[limit]);
                }
            }
        }
    }

    internal static XDocument Parse(HtmlReport report) => XDocument.Parse(report.Render().Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));

    private static HtmlReport Sample()
    {
        var report = new HtmlReport("A model", "a/path") { Footer = "written in a test" };
        report.Section("Perplexity")
            .Figures(new ReportFigure("Perplexity", "20.7"), new ReportFigure("Bits per byte", "0.91", "lower is better"))
            .Table(new ReportTable("Figures", new ReportColumn("name", IsNumeric: false), new ReportColumn("value")).Add("perplexity", "20.7").Add("stride", null))
            .Plot(new XyPlot("By window", "one dot a window", new PlotAxis("window") { WholeNumbers = true }, new PlotAxis("perplexity"))
                .Add(new PlotSeries("window", [0, 1, 2], [20, double.NaN, 22], PlotMarks.LineAndPoints))
                .Add(new PlotSeries("mean", [0, 2], [20, 21]))
                .Add(new PlotReference("all", 20.7)).Add(new PlotReference("here", 1, Vertical: true)))
            .Text("Done.");
        report.Section("Tasks").Plot(new BarPlot("Accuracy", "bars", new PlotAxis("accuracy (%)") { Maximum = 100 }, "acc", "acc_norm")
            .Add("arc_easy", [new Bar(58, "58", 1.1), new Bar(52)], 25).Add("piqa", [new Bar(68), null], 50));
        return report;
    }
}
