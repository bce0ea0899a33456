using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Rows of a weight as the float GEMM wants them: decoded while they are packed.</summary>
internal readonly struct WeightRows(Weight weight) : IRowSource
{
    public unsafe void Read(int row, int column, int count, float* destination) => weight.Read(row, column, new Span<float>(destination, count));
}
