using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>float16.</summary>
/// <remarks>Infinities become 65536.</remarks>
internal readonly struct WideF16 : IHalfFormat
{
    public static float Widen(ushort bits) => HalfConversion.WidenFinite((short)bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<int> bits) => HalfConversion.WidenFinite(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<int> bits) => HalfConversion.WidenFinite(bits);
}
