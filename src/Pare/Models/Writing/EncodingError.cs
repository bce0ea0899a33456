using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>How far the stored values of a tensor are from the given ones: ‖stored − given‖ / ‖given‖ in the Frobenius norm.</summary>
/// <remarks>Rows are summed in their order, so the figure does not depend on the number of threads.</remarks>
internal sealed class EncodingError(int rows)
{
    private readonly double[] _error = new double[rows];
    private readonly double[] _norm = new double[rows];

    /// <summary>The relative error, 0 for a tensor of zeros stored as zeros.</summary>
    public double Relative
    {
        get
        {
            var error = _error.Sum();
            return error == 0 ? 0 : Math.Sqrt(error / _norm.Sum());
        }
    }

    public void Add(int row, ElementType type, ReadOnlySpan<float> given, ReadOnlySpan<byte> stored)
    {
        var decoded = System.Buffers.ArrayPool<float>.Shared.Rent(given.Length);
        WeightCodec.Dequantize(type, stored, decoded.AsSpan(0, given.Length));
        double error = 0, norm = 0;
        for (var i = 0; i < given.Length; i++)
        {
            var difference = (double)decoded[i] - given[i];
            error += difference * difference;
            norm += (double)given[i] * given[i];
        }

        System.Buffers.ArrayPool<float>.Shared.Return(decoded);
        _error[row] = error;
        _norm[row] = norm;
    }
}
