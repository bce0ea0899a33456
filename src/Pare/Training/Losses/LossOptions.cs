namespace Pare.Training;

/// <summary>What training makes small: crossEntropyWeight · cross-entropy + distillationWeight · distance to a teacher, both as means over the predicted tokens.</summary>
public sealed record LossOptions
{
    /// <summary>Cross-entropy alone.</summary>
    public static LossOptions CrossEntropy { get; } = new();

    /// <summary>Weight of the cross-entropy with the text.</summary>
    public float CrossEntropyWeight { get; init; } = 1;

    /// <summary>Weight of the distance to the teacher; 0 needs no teacher.</summary>
    public float DistillationWeight { get; init; }

    /// <summary>The distance.</summary>
    public DistillationKind Distillation { get; init; }

    /// <summary>T, above 0.</summary>
    public float Temperature { get; init; } = 1;

    internal void Check(bool hasTeacher)
    {
        if (!(CrossEntropyWeight >= 0) || !(DistillationWeight >= 0) || CrossEntropyWeight + DistillationWeight == 0)
            throw new ArgumentException($"loss weights are {CrossEntropyWeight} (cross-entropy) and {DistillationWeight} (distillation); expected numbers from 0 on, not both 0");
        if (!(Temperature > 0)) throw new ArgumentException($"the temperature is {Temperature}; expected a number above 0");
        if (DistillationWeight > 0 && !hasTeacher) throw new ArgumentException("distillation needs a teacher; name one, or set the distillation weight to 0");
    }
}
