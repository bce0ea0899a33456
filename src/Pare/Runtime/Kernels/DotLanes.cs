using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    public static float Sum(float* lanes) =>
        Vector128.Sum(Vector128.Load(lanes)) + Vector128.Sum(Vector128.Load(lanes + 4)) + (Vector128.Sum(Vector128.Load(lanes + 8)) + Vector128.Sum(Vector128.Load(lanes + 12)));
}
