using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Q4_1: F16 scale and minimum, 16 bytes of nibbles; low nibbles are weights 0–15.</summary>
internal readonly unsafe struct FloatQ4_1 : IFloatBlock
{
    public static int Bytes => 20;

    public static bool HasMinimum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block) => F16Scale.Read(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Minimum(byte* block) => F16Scale.Read(block + 2);

    public static float Quant(byte* block, int i) => Nibbles.Read(block + 4, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Low, Vector512<float> High) Quants512(byte* block) =>
        Nibbles.Lookup512(block + 4, Vector512.Create(0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Quants256(byte* block, int i) => Nibbles.Convert256(block + 4, i);
}
