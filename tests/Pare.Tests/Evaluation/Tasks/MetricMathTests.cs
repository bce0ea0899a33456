using Pare.Evaluation.Tasks;

namespace Pare.Tests.Evaluation.Tasks;

public class MetricMathTests
{
    private static TaskDocument Document(int gold, params int[] characters) =>
        new() { Gold = gold, Choices = [.. characters.Select(count => new TaskChoice("", "", count))] };

    private static DocumentScore Score(params double[] values) => new() { Document = 0, LogLikelihoods = values, IsGreedy = false };

    [Fact]
    public void The_normalized_figure_divides_by_characters()
    {
        var document = Document(1, 2, 10);
        var metrics = MetricMath.Of(TaskMetrics.Accuracy | TaskMetrics.NormalizedAccuracy, [document], [Score(-5, -9)]);
        Assert.Equal(("acc", 0.0), (metrics[0].Metric, metrics[0].Value));
        Assert.Equal(("acc_norm", 1.0), (metrics[1].Metric, metrics[1].Value));
        Assert.Null(metrics[0].StandardError);
    }

    [Fact]
    public void Of_equal_choices_the_first_wins() => Assert.Equal(1, MetricMath.Best([-3, -2, -2], null));

    [Fact]
    public void The_standard_error_of_a_share_is_the_harness_one()
    {
        TaskDocument[] documents = [.. Enumerable.Range(0, 10).Select(_ => Document(0, 1, 1))];
        DocumentScore[] scores = [.. Enumerable.Range(0, 10).Select(i => i < 7 ? Score(-1, -2) : Score(-2, -1))];
        var metric = MetricMath.Of(TaskMetrics.Accuracy, documents, scores)[0];
        Assert.Equal(0.7, metric.Value, 1e-12);
        Assert.Equal(Math.Sqrt(0.7 * 0.3 / 9), metric.StandardError!.Value, 1e-12);
    }

    // 500 documents of four choices: guessing gives 0.25 ± 0.0194.
    [Theory]
    [InlineData(125, false)]
    [InlineData(143, false)]
    [InlineData(145, true)]
    [InlineData(250, true)]
    [InlineData(105, true)]
    public void A_figure_is_told_from_guessing_at_95_percent(int right, bool expected)
    {
        TaskDocument[] documents = [.. Enumerable.Range(0, 500).Select(_ => Document(0, 1, 1, 1, 1))];
        DocumentScore[] scores = [.. Enumerable.Range(0, 500).Select(i => i < right ? Score(-1, -2, -2, -2) : Score(-2, -1, -2, -2))];
        var metric = MetricMath.Of(TaskMetrics.Accuracy, documents, scores)[0];
        Assert.Equal(0.25, metric.Chance);
        Assert.Equal((right / 500.0 - 0.25) / Math.Sqrt(0.25 * 0.75 / 500), metric.ZScore!.Value, 1e-9);
        Assert.Equal(expected, metric.DistinguishableFromGuessing);
    }

    [Fact]
    public void Chance_is_the_mean_over_the_documents() =>
        Assert.Equal((0.5 + 0.25) / 2, MetricMath.Of(TaskMetrics.Accuracy, [Document(0, 1, 1), Document(0, 1, 1, 1, 1)], [Score(-1, -2), Score(-1, -2, -2, -2)])[0].Chance!.Value, 1e-12);

    [Fact]
    public void The_truth_mass_is_the_share_of_probability_on_true_choices()
    {
        Assert.Equal((0.2 + 0.1) / 0.6, MetricMath.TruthMass([Math.Log(0.2), Math.Log(0.1), Math.Log(0.3)], [true, true, false]), 1e-12);
        // Far below what a double can hold, the ratio still is one.
        Assert.Equal(0.75, MetricMath.TruthMass([-2000 + Math.Log(3), -2000], [true, false]), 1e-9);
    }

    [Fact]
    public void A_last_word_task_reports_greedy_matches_and_perplexity()
    {
        var document = new TaskDocument { Choices = [new TaskChoice("a", " b", 1)] };
        DocumentScore[] scores = [.. new[] { -1.0, -2, -3 }.Select((value, i) => new DocumentScore { Document = i, LogLikelihoods = [value], IsGreedy = i == 0 })];
        var metrics = MetricMath.Of(TaskMetrics.GreedyMatch | TaskMetrics.Perplexity, [document, document, document], scores);
        Assert.Equal(1 / 3.0, metrics[0].Value, 1e-12);
        Assert.Equal(0, metrics[0].Chance);
        Assert.Equal(Math.Exp(2), metrics[1].Value, 1e-12);
        Assert.Null(metrics[1].DistinguishableFromGuessing);
    }

    [Fact]
    public void Groups_are_pooled_by_their_size()
    {
        MetricResult Metric(double value, double? error) => new() { Metric = "acc", Value = value, StandardError = error };
        GroupResult[] groups = [new("a", 3, [Metric(0.5, 0.2)]), new("b", 7, [Metric(0.8, 0.1)])];
        var pooled = MetricMath.Pool(groups, [Metric(0.71, 0.3)])[0];
        Assert.Equal(0.71, pooled.Value);
        Assert.Equal(Math.Sqrt((2 * 3 * 0.04 + 6 * 7 * 0.01) / 8 / 10), pooled.StandardError!.Value, 1e-12);
    }
}
