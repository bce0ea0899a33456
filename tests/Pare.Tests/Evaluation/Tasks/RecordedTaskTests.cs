using Pare.Evaluation.Tasks;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation.Tasks;

public class RecordedTaskTests
{
    [SharedFact]
    public void Prompts_and_continuations_are_those_of_the_harness()
    {
        foreach (var recorded in RecordedTask.Read())
        {
            var documents = recorded.LoadDocuments();
            Assert.Equal(recorded.Documents, documents.Count);
            Assert.Equal(recorded.FirstContext, documents[0].Choices[0].Context);
            Assert.Equal(recorded.FirstContinuations, documents[0].Choices.Select(choice => choice.Continuation));
            Assert.Equal(recorded.LogLikelihoods.Select(values => values.Length), documents.Select(document => document.Choices.Count));
        }
    }

    // The harness' figures from the harness' own log-likelihoods: the mathematics of the metrics, without a model.
    [SharedFact]
    public void Figures_from_the_recorded_log_likelihoods_are_the_recorded_figures()
    {
        foreach (var recorded in RecordedTask.Read())
        {
            var documents = recorded.LoadDocuments();
            DocumentScore[] scores = [.. recorded.LogLikelihoods.Select((values, i) => new DocumentScore { Document = i, LogLikelihoods = values, IsGreedy = false })];
            var metrics = MetricMath.Of(TaskCatalog.Find(recorded.Setting.Task).Metrics, documents, scores).ToDictionary(metric => metric.Metric);
            foreach (var (name, value) in recorded.Results)
            {
                // Which words were the most likely ones the log-likelihoods do not say.
                if (recorded.Name == "lambada_openai" && name == "acc") continue;
                // Recorded with six digits, from log-likelihoods with five behind the point.
                Assert.Equal(value, metrics[name].Value, name == "perplexity" ? 1e-3 : 2e-6);
            }
        }
    }
}
