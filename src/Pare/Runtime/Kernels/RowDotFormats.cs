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

/// <summary>Rows of float16, widened by integer arithmetic, exactly.</summary>
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
                lanes = Vector512.FusedMultiplyAdd(Widen(Avx512F.ConvertToVector512Int32(Vector256.Load(bits + i))), Vector512.Load(x + i), lanes);
            sum = Vector512.Sum(lanes);
        }
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
        {
            var lanes = Vector256<float>.Zero;
            for (; i + 8 <= count; i += 8)
                lanes = Vector256.FusedMultiplyAdd(Widen(Avx2.ConvertToVector256Int32(bits + i)), Vector256.Load(x + i), lanes);
            sum = Vector256.Sum(lanes);
        }

        for (; i < count; i++) sum += (float)BitConverter.UInt16BitsToHalf(bits[i]) * x[i];
        return sum;
    }

    // Exponent and mantissa move up by 13 bits and the exponent's bias grows by 112; a subnormal is what lies above 2^-14;
    // an infinity or NaN gets the largest exponent. No lane is ever a float32 subnormal, which some processors handle slowly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector512<int> bits)
    {
        var magnitude = (bits & Vector512.Create(0x7FFF)) << 13;
        var normal = magnitude + Vector512.Create(112 << 23);
        normal += Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00 << 13)) & Vector512.Create(112 << 23);
        var subnormal = (magnitude + Vector512.Create(113 << 23)).AsSingle() - Vector512.Create(113 << 23).AsSingle();
        var value = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(1 << 23)), subnormal.AsInt32(), normal);
        return (value | (bits & Vector512.Create(0x8000)) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector256<int> bits)
    {
        var magnitude = (bits & Vector256.Create(0x7FFF)) << 13;
        var normal = magnitude + Vector256.Create(112 << 23);
        normal += Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7C00 << 13)) & Vector256.Create(112 << 23);
        var subnormal = (magnitude + Vector256.Create(113 << 23)).AsSingle() - Vector256.Create(113 << 23).AsSingle();
        var value = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(1 << 23)), subnormal.AsInt32(), normal);
        return (value | (bits & Vector256.Create(0x8000)) << 16).AsSingle();
    }
}
