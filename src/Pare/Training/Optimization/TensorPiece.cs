namespace Pare.Training;

/// <summary>Some consecutive elements of one tensor among many.</summary>
/// <param name="Tensor">Index of the tensor.</param>
/// <param name="First">First element.</param>
/// <param name="Count">Number of elements.</param>
internal readonly record struct TensorPiece(int Tensor, long First, int Count)
{
    private const int Length = 1 << 14;

    /// <summary>Cuts tensors into pieces that do not depend on the number of threads.</summary>
    public static TensorPiece[] Cut(IReadOnlyList<TrainableTensor> tensors)
    {
        var pieces = new List<TensorPiece>();
        for (var i = 0; i < tensors.Count; i++)
            for (long first = 0; first < tensors[i].Count; first += Length) pieces.Add(new TensorPiece(i, first, (int)Math.Min(Length, tensors[i].Count - first)));
        return [.. pieces];
    }
}
