using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Q8_0: F16 scale, 32 signed bytes.</summary>
internal readonly unsafe struct FloatQ8_0 : IFloatBlock
{
    public static int Bytes => 34;

    public static bool HasMinimum => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block) => F16Scale.Read(block);

    public static float Minimum(byte* block) => 0;

    public static float Quant(byte* block, int i) => (sbyte)block[2 + i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Low, Vector512<float> High) Quants512(byte* block) =>
        (Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)block + 2))),
         Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)block + 18))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Quants256(byte* block, int i) => Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)block + 2 + 8 * i));
}
