using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Blocks;

namespace Pare.Runtime;

/// <summary>Q4_0: F16 scale, 16 bytes of nibbles offset by 8; low nibbles are weights 0–15.</summary>
internal readonly unsafe struct FloatQ4_0 : IFloatBlock
{
    public static int Bytes => 18;

    public static bool HasMinimum => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* block) => F16Scale.Read(block);

    public static float Minimum(byte* block) => 0;

    public static float Quant(byte* block, int i) => Nibbles.Read(block + 2, i) - 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Low, Vector512<float> High) Quants512(byte* block) =>
        Nibbles.Lookup512(block + 2, Vector512.Create(-8f, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Quants256(byte* block, int i) => Nibbles.Convert256(block + 2, i) - Vector256.Create(8f);
}
