using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation.Tasks;

public class RecordedLogLikelihoodTests
{
    // The first documents of every task; bench/results/reference-check-135m.md has the whole record.
    [SharedFact]
    public void Log_likelihoods_of_the_135M_model_are_the_recorded_ones()
    {
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using var engine = new InferenceEngine(model, new EngineOptions());
        foreach (var recorded in RecordedTask.Read())
        {
            var (task, shots) = recorded.Setting;
            if (task is "mmlu_marketing" or "mmlu_high_school_biology") continue;
            // Short ones twice: the second document meets a cache that holds the first.
            var documents = task is "winogrande" or "openbookqa" or "arc_easy" ? 2 : 1;
            var result = new TaskEvaluator(model, engine).Evaluate(
                TaskCatalog.Find(task), SharedFiles.Path("data", "tasks"), new TaskOptions { Limit = documents, Shots = shots, KeepScores = true });
            Assert.Equal(documents, result.Documents);
            for (var i = 0; i < documents; i++)
            {
                for (var c = 0; c < recorded.LogLikelihoods[i].Length; c++)
                {
                    var expected = recorded.LogLikelihoods[i][c];
                    var actual = result.Scores![i].LogLikelihoods[c];
                    Assert.True(Math.Abs(expected - actual) < 1e-2, $"{recorded.Name}, document {i}, choice {c}: recorded {expected}, found {actual}");
                }
            }
        }
    }
}
