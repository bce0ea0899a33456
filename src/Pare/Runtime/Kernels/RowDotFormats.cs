using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Rows of float32.</summary>
internal readonly unsafe struct DotF32 : IRowDotFormat
{
    public static float Dot(byte* row, float* x, int count) => VectorMath.Dot(new ReadOnlySpan<float>((float*)row, count), new ReadOnlySpan<float>(x, count));

    public static void Four(byte* rows, long stride, float* x, int count, float* results) => EachRow<DotF32>.Four(rows, stride, x, count, results);
}

/// <summary>Rows one by one, for formats that gain nothing from being read together.</summary>
internal static unsafe class EachRow<TDot>
    where TDot : struct, IRowDotFormat
{
    public static void Four(byte* rows, long stride, float* x, int count, float* results)
    {
        for (var i = 0; i < 4; i++) results[i] = TDot.Dot(rows + i * stride, x, count);
    }
}
