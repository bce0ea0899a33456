using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>x / (1 + e⁻ˣ).</summary>
internal readonly struct SiluFunction : IVectorFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x) => x / (Vector256<float>.One + ExpFunction.Invoke(-x));
}
