using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>x / (1 + e⁻ˣ).</summary>
internal readonly struct SiluFunction : IVectorFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x) => x / (Vector<float>.One + ExpFunction.Invoke(-x));

    /// <inheritdoc/>
    public static float Invoke(float x) => x / (1 + MathF.Exp(-x));
}
