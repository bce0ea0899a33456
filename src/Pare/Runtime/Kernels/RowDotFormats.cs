using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Rows of float32.</summary>
internal readonly unsafe struct DotF32 : IRowDotFormat
{
    public static float Dot(byte* row, float* x, int count) => VectorMath.Dot(new ReadOnlySpan<float>((float*)row, count), new ReadOnlySpan<float>(x, count));
}

/// <summary>Rows of bfloat16.</summary>
internal readonly unsafe struct DotBF16 : IRowDotFormat
{
    public static float Dot(byte* row, float* x, int count)
    {
        var bits = (ushort*)row;
        var i = 0;
        var sum = 0f;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            var lanes = Vector512<float>.Zero;
            for (; i + 16 <= count; i += 16)
            {
                var wide = Avx512F.ConvertToVector512Int32(Vector256.Load(bits + i)) << 16;
                lanes = Vector512.FusedMultiplyAdd(wide.AsSingle(), Vector512.Load(x + i), lanes);
            }

            sum = Vector512.Sum(lanes);
        }
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
        {
            var lanes = Vector256<float>.Zero;
            for (; i + 8 <= count; i += 8)
            {
                var wide = Avx2.ConvertToVector256Int32(bits + i) << 16;
                lanes = Vector256.FusedMultiplyAdd(wide.AsSingle(), Vector256.Load(x + i), lanes);
            }

            sum = Vector256.Sum(lanes);
        }

        for (; i < count; i++) sum += BitConverter.Int32BitsToSingle(bits[i] << 16) * x[i];
        return sum;
    }
}

/// <summary>Rows of float16, widened exactly.</summary>
internal readonly unsafe struct DotF16 : IRowDotFormat
{
    public static float Dot(byte* row, float* x, int count)
    {
        var bits = (ushort*)row;
        var i = 0;
        var sum = 0f;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            var lanes = Vector512<float>.Zero;
            for (; i + 16 <= count; i += 16)
                lanes = Vector512.FusedMultiplyAdd(Widen(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)bits + i))), Vector512.Load(x + i), lanes);
            sum = Vector512.Sum(lanes);
        }
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
        {
            var lanes = Vector256<float>.Zero;
            for (; i + 8 <= count; i += 8)
                lanes = Vector256.FusedMultiplyAdd(Widen(Avx2.ConvertToVector256Int32((short*)bits + i)), Vector256.Load(x + i), lanes);
            sum = Vector256.Sum(lanes);
        }

        for (; i < count; i++) sum += (float)BitConverter.UInt16BitsToHalf(bits[i]) * x[i];
        return sum;
    }

    // The sign is spread to the left, exponent and mantissa move up by 13 bits, what the sign left in between is masked away,
    // and a product with 2^112 sets the exponent's bias right; subnormals come out right as well. Infinities become 65536.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector512<int> bits) =>
        ((bits << 13) & Vector512.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector512.Create(Bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector256<int> bits) =>
        ((bits << 13) & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector256.Create(Bias);

    private const float Bias = 5.192296858534828e33f;
}
