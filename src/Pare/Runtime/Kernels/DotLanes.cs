using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The sixteen partial sums of a float dot product: neighbours are added pair by pair, and the pairs' sums again, up to one number, whatever the length of the vectors that hold them.</summary>
/// <remarks><see cref="Vector128.Sum{T}"/> adds (0 + 1) + (2 + 3), which SummationOrderTests holds.</remarks>
internal static unsafe class DotLanes
{
    /// <summary>Partial sums.</summary>
    public const int Count = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> lanes) => Sum(lanes.GetLower(), lanes.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> low, Vector256<float> high) =>
        Vector128.Sum(low.GetLower()) + Vector128.Sum(low.GetUpper()) + (Vector128.Sum(high.GetLower()) + Vector128.Sum(high.GetUpper()));

    /// <summary>lanes[l] ← a[l] · b[l] + lanes[l].</summary>
    public static void Add(float* a, float* b, float* lanes)
    {
        for (var l = 0; l < Count; l += 4) Fused.MultiplyAdd(Vector128.Load(a + l), Vector128.Load(b + l), Vector128.Load(lanes + l)).Store(lanes + l);
    }

    /// <summary>lanes[l] ← (q[l + 16] · x[l + 16] + q[l] · x[l]) · scale + lanes[l].</summary>
    public static void AddPairs(float* q, float* x, float scale, float* lanes)
    {
        for (var l = 0; l < Count; l += 4)
        {
            var products = Fused.MultiplyAdd(Vector128.Load(q + l + Count), Vector128.Load(x + l + Count), Vector128.Load(q + l) * Vector128.Load(x + l));
            Fused.MultiplyAdd(products, Vector128.Create(scale), Vector128.Load(lanes + l)).Store(lanes + l);
        }
    }

    /// <summary>lanes[l] ← (x[l] + x[l + 16]) · minimum + lanes[l].</summary>
    public static void AddInputs(float* x, float minimum, float* lanes)
    {
        for (var l = 0; l < Count; l += 4) Fused.MultiplyAdd(Vector128.Load(x + l) + Vector128.Load(x + l + Count), Vector128.Create(minimum), Vector128.Load(lanes + l)).Store(lanes + l);
    }

    /// <summary>lanes[l] ← q[l] · x[l] · scale + lanes[l].</summary>
    public static void AddScaled(float* q, float* x, float scale, float* lanes)
    {
        for (var l = 0; l < Count; l += 4) Fused.MultiplyAdd(Vector128.Load(q + l) * Vector128.Load(x + l), Vector128.Create(scale), Vector128.Load(lanes + l)).Store(lanes + l);
    }

    public static float Sum(float* lanes) =>
        Vector128.Sum(Vector128.Load(lanes)) + Vector128.Sum(Vector128.Load(lanes + 4)) + (Vector128.Sum(Vector128.Load(lanes + 8)) + Vector128.Sum(Vector128.Load(lanes + 12)));
}
