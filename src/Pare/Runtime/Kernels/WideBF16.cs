using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly struct WideBF16 : IHalfFormat
{
    public static float Widen(ushort bits) => BitConverter.Int32BitsToSingle(bits << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<int> bits) => (bits << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<int> bits) => (bits << 16).AsSingle();
}
