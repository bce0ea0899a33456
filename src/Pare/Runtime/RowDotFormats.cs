using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Rows of float32.</summary>
internal readonly unsafe struct DotF32 : IRowDotFormat
{
    public static float Dot(byte* row, float* x, int count) =>
        Pare.Numerics.VectorMath.Dot(new ReadOnlySpan<float>((float*)row, count), new ReadOnlySpan<float>(x, count));
}
