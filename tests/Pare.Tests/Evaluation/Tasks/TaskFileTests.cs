using Pare.Evaluation.Tasks;
using Pare.Formats;
using Pare.Tests.Formats;

namespace Pare.Tests.Evaluation.Tasks;

public class TaskFileTests
{
    private const string Valid = """
        task: capitals
        data: capitals.jsonl
        prompt: "The capital of {country} is"
        choices: options
        gold: answer
        metric: acc
        """;

    private static IReadOnlyList<TaskDocument> Load(TemporaryFolder folder, string task, string data, int shots = 0)
    {
        folder.Write("capitals.jsonl", data);
        return TaskFile.Load(folder.Write("task.yaml", task)).Load(new TaskData(folder.Path), shots);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    [InlineData("\"B\"")]
    [InlineData("\"b\"")]
    [InlineData("\"Rome\"")]
    public void Gold_is_an_index_a_letter_or_the_choice(string gold)
    {
        using var folder = new TemporaryFolder();
        var document = Load(folder, Valid, $$"""{"country":"Italy","options":["Paris","Rome"],"answer":{{gold}}}""").Single();
        Assert.Equal("The capital of Italy is", document.Choices[0].Context);
        Assert.Equal([" Paris", " Rome"], document.Choices.Select(choice => choice.Continuation));
        Assert.Equal(1, document.Gold);
    }

    [Fact]
    public void A_gold_text_with_two_meanings_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("may mean", Assert.Throws<ModelFormatException>(() => Load(folder, Valid, """{"country":"x","options":["1","0"],"answer":"1"}""")).Message, StringComparison.Ordinal);
        Assert.Equal(1, Load(folder, Valid, """{"country":"x","options":["1","0"],"answer":1}""").Single().Gold);
    }

    [Fact]
    public void Choices_may_be_templates_and_json_is_read_too()
    {
        using var folder = new TemporaryFolder();
        const string Json = """
            { "task": "t", "data": "capitals.jsonl", "prompt": "{{{q}}}:", "choices": ["{a}!", "{b}?"], "gold": "g", "delimiter": "", "description": "Answer.\n" }
            """;
        var document = Load(folder, Json, """{"q":"why","a":1,"b":"two","g":0}""").Single();
        Assert.Equal("Answer.\n{why}:", document.Choices[0].Context);
        Assert.Equal(["1!", "two?"], document.Choices.Select(choice => choice.Continuation));
        Assert.Equal([2, 4], document.Choices.Select(choice => choice.Characters));
    }

    [Fact]
    public void Examples_stand_between_description_and_question()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train.jsonl", """{"country":"France","options":["Paris","Rome"],"answer":0}""");
        const string Shots = Valid + "\nfewShot:\n  data: train.jsonl\n  count: 1\n  separator: \"\\n\"\n";
        var task = TaskFile.Load(folder.Write("task.yaml", Shots));
        Assert.Equal(1, task.DefaultShots);
        var document = Load(folder, Shots, """{"country":"Italy","options":["Paris","Rome"],"answer":1}""", 1).Single();
        Assert.Equal("The capital of France is Paris\nThe capital of Italy is", document.Choices[0].Context);
        Assert.Throws<ModelFormatException>(() => Load(folder, Shots, """{"country":"Italy","options":["Paris","Rome"],"answer":1}""", 2));
    }

    [Theory]
    [InlineData("promt: x\n", "unknown field 'promt'")]
    [InlineData("metric: f1\n", "must be acc")]
    [InlineData("fewShot: 5\n", "named fields")]
    [InlineData("fewShot: { data: a, count: -1 }\n", "whole number")]
    [InlineData("fewShot: { data: a, count: 1, seed: 2 }\n", "unknown field 'seed'")]
    [InlineData("a: [\n", "no YAML")]
    public void A_wrong_field_is_refused_by_name(string line, string problem)
    {
        using var folder = new TemporaryFolder();
        var text = line.StartsWith("metric", StringComparison.Ordinal) ? Valid.Replace("metric: acc", line, StringComparison.Ordinal) : Valid + "\n" + line;
        Assert.Contains(problem, Assert.Throws<ModelFormatException>(() => TaskFile.Load(folder.Write("task.yaml", text))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task")]
    [InlineData("data")]
    [InlineData("prompt")]
    [InlineData("choices")]
    [InlineData("gold")]
    public void A_missing_field_is_named(string field)
    {
        using var folder = new TemporaryFolder();
        var text = string.Join('\n', Valid.Split('\n').Where(line => !line.StartsWith(field + ":", StringComparison.Ordinal)));
        Assert.Contains(field, Assert.Throws<ModelFormatException>(() => TaskFile.Load(folder.Write("task.yaml", text))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a {b")]
    [InlineData("a } b")]
    [InlineData("{}")]
    public void A_template_with_a_lone_brace_is_refused(string template) => Assert.Throws<FormatException>(() => new TaskTemplate(template));

    [Fact]
    public void A_field_that_a_line_lacks_is_named_with_the_line()
    {
        using var folder = new TemporaryFolder();
        var refused = Assert.Throws<ModelFormatException>(() => Load(folder, Valid, """
            {"country":"Italy","options":["Paris","Rome"],"answer":1}
            {"nation":"Spain","options":["Paris","Madrid"],"answer":1}
            """));
        Assert.Equal("line 2", refused.Place);
        Assert.Contains("country", refused.Message, StringComparison.Ordinal);
    }
}
