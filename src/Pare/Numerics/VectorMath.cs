using System.Numerics.Tensors;

namespace Pare.Numerics;

/// <summary>Element-wise functions and reductions over rows of float32.</summary>
internal static partial class VectorMath
{
    /// <summary>x ← factor · x.</summary>
    public static void Scale(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);
}
