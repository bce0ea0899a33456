using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation;

public class TokenScorerTests
{
    [Fact]
    public void Each_loss_is_the_definition_over_the_logits_of_its_position()
    {
        using var small = new SmallModel();
        var tokens = small.Windows(150)[0].ToArray();
        var losses = new double[tokens.Length - 1];
        var argmax = new int[tokens.Length];
        using (var scorer = new TokenScorer(small.Engine, 200)) scorer.Score(tokens, losses, argmax);

        var config = small.Engine.Config;
        using var cache = small.Engine.CreateCache(tokens.Length);
        var hidden = new float[tokens.Length * config.HiddenSize];
        var logits = new float[tokens.Length * config.VocabularySize];
        small.Engine.Forward(tokens, cache, hidden);
        small.Engine.Logits(hidden, tokens.Length, logits);
        for (var i = 0; i < tokens.Length; i++)
        {
            double[] row = [.. logits.Skip(i * config.VocabularySize).Take(config.VocabularySize)];
            Assert.Equal(Array.IndexOf(row, row.Max()), argmax[i]);
            if (i == losses.Length) continue;
            // The engine sums in another order for another number of rows: 1e-4 in a logit.
            Assert.Equal(Math.Log(row.Sum(Math.Exp)) - row[tokens[i + 1]], losses[i], 2e-4);
        }
    }

    [Fact]
    public void Losses_do_not_depend_on_the_number_of_threads_nor_on_asking_for_the_argmax()
    {
        double[]? expected = null;
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var small = new SmallModel(threads);
            var window = small.Windows(300)[0];
            var losses = new double[window.Length - 1];
            using var scorer = new TokenScorer(small.Engine, window.Length);
            scorer.Score(window, losses, threads == 2 ? new int[window.Length] : default);
            expected ??= losses;
            Assert.Equal(expected, losses);
        }
    }

    [Fact]
    public void A_scorer_forgets_the_window_before()
    {
        using var small = new SmallModel();
        var windows = small.Windows(60);
        var first = new double[59];
        var again = new double[59];
        using var scorer = new TokenScorer(small.Engine, 60);
        scorer.Score(windows[0], first);
        scorer.Score(windows[1], again);
        Assert.NotEqual(first, again);
        scorer.Score(windows[0], again);
        Assert.Equal(first, again);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        using var small = new SmallModel();
        using var scorer = new TokenScorer(small.Engine, 8);
        Assert.Throws<ArgumentException>(() => scorer.Score(new int[9], new double[8]));
        Assert.Throws<ArgumentException>(() => scorer.Score(new int[1], []));
        Assert.Throws<ArgumentException>(() => scorer.Score(new int[4], new double[4]));
        Assert.Throws<ArgumentException>(() => scorer.Score(new int[4], new double[3], new int[3]));
    }

    // The first tokens of the recorded window: what follows cannot change them. Tolerances of reference/README.md.
    [SharedFact]
    public void Losses_of_the_135M_model_are_the_recorded_ones()
    {
        const int Length = 384;
        using var file = SafetensorsFile.Open(SharedFiles.Path("reference", "wikitext2-window0.safetensors"));
        var tokens = TokenTensor.Read(file.FilePath, file.Tensors["input_ids"], Length);
        var recorded = new float[file.Tensors["negative_log_likelihood"].ElementCount];
        WeightCodec.Dequantize(ElementType.F32, file.Tensors["negative_log_likelihood"].RowBytes(0), recorded);
        var best = TokenTensor.Read(file.FilePath, file.Tensors["argmax"], Length);
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using var engine = new InferenceEngine(model, new EngineOptions());
        using var scorer = new TokenScorer(engine, Length);
        var losses = new double[Length - 1];
        var argmax = new int[Length];
        scorer.Score(tokens, losses, argmax);
        double difference = 0;
        for (var i = 0; i < losses.Length; i++)
        {
            Assert.InRange(losses[i], recorded[i] - 2e-3, recorded[i] + 2e-3);
            difference += Math.Abs(losses[i] - recorded[i]);
        }

        Assert.InRange(difference / losses.Length, 0, 1e-4);
        // Ties within 1e-3 may fall either way.
        Assert.InRange(argmax.Zip(best).Count(pair => pair.First != pair.Second), 0, 2);
    }
}
