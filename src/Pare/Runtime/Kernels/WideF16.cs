using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>float16.</summary>
/// <remarks>
/// The sign is spread to the left, exponent and mantissa move up by 13 bits, what the sign left in between is masked away,
/// and a product with 2^112 sets the exponent's bias right; subnormals come out right as well. Infinities become 65536.
/// </remarks>
internal readonly struct WideF16 : IHalfFormat
{
    private const int Kept = unchecked((int)0x8FFFE000);
    private const float Bias = 5.192296858534828e33f;

    public static float Widen(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<int> bits) => ((bits << 13) & Vector256.Create(Kept)).AsSingle() * Vector256.Create(Bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<int> bits) => ((bits << 13) & Vector512.Create(Kept)).AsSingle() * Vector512.Create(Bias);
}
