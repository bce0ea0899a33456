using System.Text.Json;
using Pare.Evaluation;
using Pare.Evaluation.Tasks;

namespace Pare.Tests.Evaluation.Tasks;

public class TaskEvaluatorTests
{
    private const string Task = """
        task: stories
        data: stories.jsonl
        prompt: "{start}"
        choices: ends
        gold: right
        """;

    private const string Data = """
        {"start":"Once upon a","ends":["time","zebra quickly of"],"right":0}
        {"start":"There was a little girl named","ends":["of of","Lily"],"right":1}
        {"start":"Lily loved to","ends":["play","apple was the"],"right":0}
        """;

    [Fact]
    public void A_users_task_is_measured_and_carries_its_data_and_protocol()
    {
        using var small = new SmallModel();
        small.Write("stories.jsonl", Data);
        var done = new List<int>();
        var result = new TaskEvaluator(small.Model, small.Engine).Evaluate(
            TaskFile.Load(small.Write("task.yaml", Task)), small.Folder, new TaskOptions { KeepScores = true, Progress = progress => done.Add(progress.Done) });
        Assert.Equal((3, 0), (result.Documents, result.Shots));
        Assert.Equal(["acc", "acc_norm"], result.Metrics.Select(metric => metric.Metric));
        Assert.Equal(1, result.Metrics[0].Value);
        Assert.Equal([1, 2, 3], done);
        Assert.Equal("stories.jsonl", result.Data.Single().File);
        Assert.Equal(3, result.Scores!.Count);
        Assert.Equal("task", result.Protocol.Name);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(result, EvaluationJson.Default.TaskResult));
        Assert.Equal("acc", json.RootElement.GetProperty("metrics")[0].GetProperty("metric").GetString());
    }

    [Fact]
    public void A_limit_takes_the_first_documents()
    {
        using var small = new SmallModel();
        small.Write("stories.jsonl", Data);
        var task = TaskFile.Load(small.Write("task.yaml", Task));
        var evaluator = new TaskEvaluator(small.Model, small.Engine);
        var all = evaluator.Evaluate(task, small.Folder, new TaskOptions { KeepScores = true });
        var two = evaluator.Evaluate(task, small.Folder, new TaskOptions { KeepScores = true, Limit = 2 });
        Assert.Equal(2, two.Documents);
        Assert.Equal(all.Scores![1].LogLikelihoods, two.Scores![1].LogLikelihoods);
        Assert.Null(evaluator.Evaluate(task, small.Folder).Scores);
        Assert.Throws<ArgumentOutOfRangeException>(() => evaluator.Evaluate(task, small.Folder, new TaskOptions { Limit = 0 }));
    }

    [Fact]
    public void A_cancelled_task_stops()
    {
        using var small = new SmallModel();
        small.Write("stories.jsonl", Data);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            new TaskEvaluator(small.Model, small.Engine).Evaluate(TaskFile.Load(small.Write("task.yaml", Task)), small.Folder, null, cancellation.Token));
    }

    [Fact]
    public void Too_few_documents_cannot_be_told_from_guessing()
    {
        using var small = new SmallModel();
        small.Write("stories.jsonl", Data);
        Assert.False(new TaskEvaluator(small.Model, small.Engine).Evaluate(TaskFile.Load(small.Write("task.yaml", Task)), small.Folder).DistinguishableFromGuessing);
    }
}
