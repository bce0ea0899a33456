using System.Text;
using Pare.Evaluation.Tasks;
using Pare.Formats;
using Pare.Tests.Formats;

namespace Pare.Tests.Evaluation.Tasks;

public class DataFileTests
{
    [Fact]
    public void Csv_fields_in_quotes_hold_commas_quotes_and_line_feeds()
    {
        var records = CsvRecord.ReadAll("f.csv", Encoding.UTF8.GetBytes("a,\"b,\"\"c\"\"\nd\",\r\n\n1,,\"\"\n"));
        Assert.Equal(["a", "b,\"c\"\nd", ""], records[0].Fields);
        Assert.Equal(["1", "", ""], records[1].Fields);
        Assert.Equal([1, 4], records.Select(record => record.Line));
    }

    [Theory]
    [InlineData("a,b\nc\n", "line 2")]
    [InlineData("a,\"b\n", "line 1")]
    public void A_broken_csv_file_is_refused_with_its_line(string text, string place) =>
        Assert.Equal(place, Assert.Throws<ModelFormatException>(() => CsvRecord.ReadAll("f.csv", Encoding.UTF8.GetBytes(text))).Place);

    [Theory]
    [InlineData("{\"query\":\"q\",\"choices\":[\"a\",\"b\"],\"gold\":0}\n\nnot json", "line 3")]
    [InlineData("[1]", "line 1")]
    [InlineData("{\"query\":\"q\",\"choices\":[\"a\",\"b\"]}", "gold")]
    [InlineData("{\"query\":\"q\",\"choices\":[\"a\",\"b\"],\"gold\":2}", "gold")]
    [InlineData("{\"query\":\"q\",\"choices\":[\"a\",\"b\"],\"gold\":-1}", "gold")]
    [InlineData("{\"query\":\"q\",\"choices\":[\"a\"],\"gold\":0}", "choices")]
    [InlineData("{\"query\":1,\"choices\":[\"a\",\"b\"],\"gold\":0}", "query")]
    [InlineData("{\"query\":\"\\ud800\",\"choices\":[\"a\",\"b\"],\"gold\":0}", "query")]
    [InlineData("", "no documents")]
    public void A_bad_line_is_refused_by_number_and_field(string text, string part)
    {
        using var folder = new TemporaryFolder();
        folder.Write("openbook_qa.jsonl", Encoding.UTF8.GetBytes(text));
        var refused = Assert.Throws<ModelFormatException>(() => TaskCatalog.Find("openbookqa").Load(new TaskData(folder.Path), 0));
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_nesting_is_refused()
    {
        var text = "{\"query\":" + new string('[', 100_000);
        Assert.Throws<ModelFormatException>(() => JsonRecord.ReadLines("f.jsonl", Encoding.UTF8.GetBytes(text)).Count());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        foreach (var task in TaskCatalog.All)
            Assert.Contains("--data", Assert.Throws<ModelFormatException>(() => task.Load(new TaskData(folder.Path), 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mmlu_without_questions_is_refused_by_its_place()
    {
        using var folder = new TemporaryFolder();
        var tests = Directory.CreateDirectory(Path.Combine(folder.Path, "mmlu", "test")).FullName;
        var mmlu = TaskCatalog.Find("mmlu");
        Assert.Equal(tests, Assert.Throws<ModelFormatException>(() => mmlu.Load(new TaskData(folder.Path), 0)).File);
        File.WriteAllText(Path.Combine(tests, "anatomy_test.csv"), "");
        Assert.Contains("anatomy_test.csv", Assert.Throws<ModelFormatException>(() => mmlu.Load(new TaskData(folder.Path), 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_come_from_a_train_file_or_are_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("piqa.jsonl", """{"query":"Question: c\n","choices":["x","y"],"gold":0}""");
        var task = TaskCatalog.Find("piqa");
        Assert.Contains("piqa_train.jsonl", Assert.Throws<ModelFormatException>(() => task.Load(new TaskData(folder.Path), 2)).Message, StringComparison.Ordinal);
        folder.Write("piqa_train.jsonl", """
            {"query":"Question: a\n","choices":["x","y"],"gold":1}
            {"query":"Question: b\n","choices":["x","y"],"gold":0}
            """);
        var document = task.Load(new TaskData(folder.Path), 2)[0];
        Assert.Equal("Question: a\nAnswer: y\n\nQuestion: b\nAnswer: x\n\nQuestion: c\nAnswer:", document.Choices[0].Context);
        Assert.Throws<ModelFormatException>(() => task.Load(new TaskData(folder.Path), 3));
    }

    [Fact]
    public void Mmlu_pools_all_subjects_in_order_and_finds_one_by_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Path.Combine("mmlu", "test", "zoo_test.csv"), "q3,a,b,c,d,D\n");
        folder.Write(Path.Combine("mmlu", "test", "big_art_test.csv"), "q1,a,b,c,d,A\nq2,a,b,c,d,B\n");
        var all = TaskCatalog.Find("mmlu").Load(new TaskData(folder.Path), 0);
        Assert.Equal(["big_art", "big_art", "zoo"], all.Select(document => document.Group));
        Assert.Equal([0, 1, 3], all.Select(document => document.Gold));
        Assert.Equal("The following are multiple choice questions (with answers) about big art.\n\nq1\nA. a\nB. b\nC. c\nD. d\nAnswer:", all[0].Choices[0].Context);
        Assert.Single(TaskCatalog.Find("mmlu_zoo").Load(new TaskData(folder.Path), 0));
        folder.Write(Path.Combine("mmlu", "test", "zoo_test.csv"), "q3,a,b,c,d,E\n");
        Assert.Throws<ModelFormatException>(() => TaskCatalog.Find("mmlu_zoo").Load(new TaskData(folder.Path), 0));
    }

    [Fact]
    public void An_unknown_task_names_the_known_ones() =>
        Assert.Contains("arc_easy", Assert.Throws<ArgumentException>(() => TaskCatalog.Find("arc")).Message, StringComparison.Ordinal);
}
