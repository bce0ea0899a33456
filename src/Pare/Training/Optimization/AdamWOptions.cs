namespace Pare.Training;

/// <summary>AdamW with decoupled weight decay (Loshchilov and Hutter 2017, arXiv 1711.05101), and clipping of the gradient.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the mean of the gradients, in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of their squares, in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>ε, added to the root of the mean of squares; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ: every step takes learning rate · λ of a value away; from 0 on.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Whether norm weights and biases decay as well; by default only matrices do.</summary>
    public bool DecaysVectors { get; init; }

    /// <summary>A gradient whose L2 norm over all trained numbers exceeds this is scaled down to it; 0 clips nothing.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Tensors with a rate or decay of their own; the first group whose pattern matches counts.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; init; } = [];

    /// <summary>Factor of the learning rate and weight decay of a tensor.</summary>
    internal (double Factor, double Decay) Of(TrainableTensor tensor)
    {
        var group = Groups.FirstOrDefault(group => group.Contains(tensor.Name));
        return (group?.LearningRateFactor ?? 1, group?.WeightDecay ?? (tensor.IsVector && !DecaysVectors ? 0 : WeightDecay));
    }

    internal void Check(IReadOnlyList<TrainableTensor> tensors)
    {
        Check();
        foreach (var group in Groups.Where(group => !tensors.Any(tensor => group.Contains(tensor.Name))))
            throw new ArgumentException($"the parameter group {group.Pattern} matches none of the trained tensors, such as {tensors[0].Name}");
    }

    internal void Check()
    {
        foreach (var group in Groups) group.Check();
        if (Beta1 is not (>= 0 and < 1) || Beta2 is not (>= 0 and < 1)) throw new ArgumentException($"AdamW's betas are {Beta1} and {Beta2}; expected numbers from 0 up to, not including, 1");
        if (!(Epsilon > 0)) throw new ArgumentException($"AdamW's epsilon is {Epsilon}; expected a number above 0");
        if (!(WeightDecay >= 0)) throw new ArgumentException($"the weight decay is {WeightDecay}; expected a number from 0 on");
        if (!(ClipNorm >= 0)) throw new ArgumentException($"the norm to clip to is {ClipNorm}; expected a number from 0 on");
    }
}
