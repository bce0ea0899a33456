using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Formats.Blocks;

/// <summary>Stores 16 small integers as scaled float32, in the widest vectors there are; one multiplication (and one addition) a number, never fused.</summary>
internal static class Spread
{
    /// <summary><c>destination[i] = values[i] · scale</c> for i of 0 to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scaled(Vector128<sbyte> values, float scale, ref float destination)
    {
        if (Avx512F.IsSupported)
        {
            (Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(values)) * scale).StoreUnsafe(ref destination);
        }
        else if (Avx2.IsSupported)
        {
            var (low, high) = Widen256(values);
            (low * scale).StoreUnsafe(ref destination);
            (high * scale).StoreUnsafe(ref destination, 8);
        }
        else
        {
            var (a, b, c, d) = Widen128(values);
            (a * scale).StoreUnsafe(ref destination);
            (b * scale).StoreUnsafe(ref destination, 4);
            (c * scale).StoreUnsafe(ref destination, 8);
            (d * scale).StoreUnsafe(ref destination, 12);
        }
    }

    /// <summary><c>destination[i] = values[i] · scale + offset</c> for i of 0 to 15, product and sum each rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaledPlus(Vector128<sbyte> values, float scale, float offset, ref float destination)
    {
        if (Avx512F.IsSupported)
        {
            (Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(values)) * scale + Vector512.Create(offset)).StoreUnsafe(ref destination);
        }
        else if (Avx2.IsSupported)
        {
            var (low, high) = Widen256(values);
            var offsets = Vector256.Create(offset);
            (low * scale + offsets).StoreUnsafe(ref destination);
            (high * scale + offsets).StoreUnsafe(ref destination, 8);
        }
        else
        {
            var (a, b, c, d) = Widen128(values);
            var offsets = Vector128.Create(offset);
            (a * scale + offsets).StoreUnsafe(ref destination);
            (b * scale + offsets).StoreUnsafe(ref destination, 4);
            (c * scale + offsets).StoreUnsafe(ref destination, 8);
            (d * scale + offsets).StoreUnsafe(ref destination, 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Widen256(Vector128<sbyte> values)
    {
        var upper = Sse2.ShiftRightLogical128BitLane(values, 8);
        return (Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(values)), Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(upper)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> A, Vector128<float> B, Vector128<float> C, Vector128<float> D) Widen128(Vector128<sbyte> values)
    {
        var (low, high) = Vector128.Widen(values);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        return (Vector128.ConvertToSingle(a), Vector128.ConvertToSingle(b), Vector128.ConvertToSingle(c), Vector128.ConvertToSingle(d));
    }
}
