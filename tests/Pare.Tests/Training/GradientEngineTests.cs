using Pare.Models;
using Pare.Tests.Models.Support;
using Pare.Tests.Runtime;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Gradients and AdamW steps of every family against what PyTorch recorded.</summary>
public sealed class GradientEngineTests
{
    public static TheoryData<string> Recorded => Families.All;

    [SharedTheory]
    [MemberData(nameof(Recorded))]
    public void Loss_and_gradients_are_the_recorded_ones(string family)
    {
        using var reference = new FamilyReference(family, "config.json");
        using var recorded = new RecordedGradients(family, reference.Model.Config);
        using var model = TrainableModel.From(reference.Model);
        using var engine = new GradientEngine(model, new GradientOptions { Threads = 2 });
        var (tokens, targets) = Batch(reference);
        var sums = engine.Accumulate(tokens, targets, 40, 1f / 78);
        Assert.Equal(78, sums.Tokens);
        Assert.Equal(recorded.Loss, sums.MeanCrossEntropy, 1e-5 * recorded.Loss);
        DoubleGradients.AssertClose(model.Config, recorded.Ids, id => Array.ConvertAll(model.Gradient(id).ToArray(), value => (double)value), recorded.Of, 1e-4);
    }

    [SharedTheory]
    [MemberData(nameof(Recorded))]
    public void Ten_steps_of_AdamW_have_the_recorded_losses(string family)
    {
        using var reference = new FamilyReference(family, "config.json");
        using var recorded = new RecordedGradients(family, reference.Model.Config);
        using var model = TrainableModel.From(reference.Model);
        using var engine = new GradientEngine(model, new GradientOptions { Threads = 2 });
        using var optimizer = new AdamW(model.Tensors, new AdamWOptions { DecaysVectors = true }, engine.Pool);
        var norm = new GradientNorm(model.Tensors);
        var (tokens, targets) = Batch(reference);
        foreach (var expected in recorded.AdamWLosses)
        {
            model.ClearGradients();
            var sums = engine.Accumulate(tokens, targets, 40, 1f / 78);
            Assert.Equal(expected, sums.MeanCrossEntropy, 1e-3 * expected);
            optimizer.Step(1e-3, norm.Compute(engine.Pool));
        }
    }

    private static (int[] Tokens, int[] Targets) Batch(FamilyReference reference)
    {
        int[][] sequences = [reference.Tokens(0), reference.Tokens(1)];
        return ([.. sequences.SelectMany(tokens => tokens)], DoubleGradients.NextTokens(sequences));
    }
}
