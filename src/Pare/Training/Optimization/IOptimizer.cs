namespace Pare.Training;

/// <summary>Moves the trainable tensors of a model against their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken.</summary>
    long Steps { get; set; }

    /// <summary>What it remembers, by name, for checkpoints: shaped like the tensor that it belongs to.</summary>
    IReadOnlyList<TrainableTensor> State { get; }

    /// <summary>Moves every tensor. Gradients are left as they are.</summary>
    /// <param name="learningRate">η, from 0 on.</param>
    /// <param name="gradientNorm">L2 norm of the gradient over all tensors, for the clipping.</param>
    void Step(double learningRate, double gradientNorm);
}
