using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Sixteen bytes of nibbles: the low ones are numbers 0–15, the high ones 16–31.</summary>
internal static unsafe class Nibbles
{
    public static int Read(byte* bytes, int i) => i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4;

    /// <summary>Table entries for all nibbles; the permutation itself ignores the bits above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Low, Vector512<float> High) Lookup512(byte* bytes, Vector512<float> table)
    {
        var wide = Avx512F.ConvertToVector512Int32(Vector128.Load(bytes));
        return (Avx512F.PermuteVar16x32(table, wide), Avx512F.PermuteVar16x32(table, wide >>> 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Convert256(byte* bytes, int i)
    {
        var wide = Avx2.ConvertToVector256Int32(bytes + 8 * (i & 1));
        return Vector256.ConvertToSingle(i < 2 ? wide & Vector256.Create(15) : wide >>> 4);
    }
}
