using Pare.Numerics;

namespace Pare.Training;

/// <summary>The L2 norm of the gradients of many tensors, summed in double precision over fixed pieces.</summary>
internal sealed unsafe class GradientNorm
{
    private readonly IReadOnlyList<TrainableTensor> _tensors;
    private readonly TensorPiece[] _pieces;
    private readonly double[] _sums;

    public GradientNorm(IReadOnlyList<TrainableTensor> tensors)
    {
        _tensors = tensors;
        _pieces = TensorPiece.Cut(tensors);
        _sums = new double[_pieces.Length];
    }

    /// <summary>The norm; not a number or infinite where a gradient is.</summary>
    public double Compute(ComputePool pool)
    {
        fixed (double* sums = _sums) pool.For(_pieces.Length, new Body(this, sums));
        double sum = 0;
        foreach (var part in _sums) sum += part;
        return Math.Sqrt(sum);
    }

    private readonly struct Body(GradientNorm owner, double* sums) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var piece = owner._pieces[part];
            sums[part] = VectorMath.Moments(new ReadOnlySpan<float>(owner._tensors[piece.Tensor].Gradient + piece.First, piece.Count)).Squares;
        }
    }
}
