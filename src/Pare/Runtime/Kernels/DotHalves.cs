using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Runtime;

/// <summary>Rows of a 16-bit float format, widened exactly. Four rows at a time hide the time a sum takes, and read what comes next ahead.</summary>
/// <typeparam name="THalf">The format.</typeparam>
internal readonly unsafe struct DotHalves<THalf> : IRowDotFormat
    where THalf : struct, IHalfFormat
{
    // Bytes ahead of the rows at work that are asked for, into the second-level cache.
    private const int Ahead = 16384;

    public static float Dot(byte* row, float* x, int count)
    {
        var bits = (short*)row;
        var i = 0;
        var sum = 0f;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            var lanes = Vector512<float>.Zero;
            for (; i + 16 <= count; i += 16) lanes = Vector512.FusedMultiplyAdd(Read512(bits + i), Vector512.Load(x + i), lanes);
            sum = DotLanes.Sum(lanes);
        }
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
        {
            Vector256<float> low = default, high = default;
            for (; i + 16 <= count; i += 16)
            {
                low = Vector256.FusedMultiplyAdd(Read256(bits + i), Vector256.Load(x + i), low);
                high = Vector256.FusedMultiplyAdd(Read256(bits + i + 8), Vector256.Load(x + i + 8), high);
            }

            sum = DotLanes.Sum(low, high);
        }
        else
        {
            var lanes = stackalloc float[2 * DotLanes.Count];
            new Span<float>(lanes, DotLanes.Count).Clear();
            var values = lanes + DotLanes.Count;
            for (; i + DotLanes.Count <= count; i += DotLanes.Count)
            {
                for (var l = 0; l < DotLanes.Count; l++) values[l] = THalf.Widen((ushort)bits[i + l]);
                DotLanes.Add(values, x + i, lanes);
            }

            sum = DotLanes.Sum(lanes);
        }

        for (; i < count; i++) sum += THalf.Widen((ushort)bits[i]) * x[i];
        return sum;
    }

    public static void Four(byte* rows, long stride, float* x, int count, float* results)
    {
        var (a, b, c, d) = ((nint)rows, (nint)(rows + stride), (nint)(rows + 2 * stride), (nint)(rows + 3 * stride));
        // In elements, a whole number of times four rows.
        var ahead = Math.Max(1, Ahead / (4 * stride)) * 2 * stride;
        var i = 0;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) i = Four512((short*)a, (short*)b, (short*)c, (short*)d, ahead, x, count, results);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) i = Four256((short*)a, (short*)b, (short*)c, (short*)d, ahead, x, count, results);
        else
        {
            EachRow<DotHalves<THalf>>.Four(rows, stride, x, count, results);
            return;
        }

        for (; i < count; i++)
        {
            results[0] += THalf.Widen(((ushort*)a)[i]) * x[i];
            results[1] += THalf.Widen(((ushort*)b)[i]) * x[i];
            results[2] += THalf.Widen(((ushort*)c)[i]) * x[i];
            results[3] += THalf.Widen(((ushort*)d)[i]) * x[i];
        }
    }

    // Rows that come later are asked for at the place that is used now.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Four512(short* a, short* b, short* c, short* d, long ahead, float* x, int count, float* results)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + 32 <= count; i += 32)
        {
            Ask(a + i, b + i, c + i, d + i, ahead);
            var x0 = Vector512.Load(x + i);
            var x1 = Vector512.Load(x + i + 16);
            s0 = Vector512.FusedMultiplyAdd(Read512(a + i), x0, s0);
            s1 = Vector512.FusedMultiplyAdd(Read512(b + i), x0, s1);
            s2 = Vector512.FusedMultiplyAdd(Read512(c + i), x0, s2);
            s3 = Vector512.FusedMultiplyAdd(Read512(d + i), x0, s3);
            s0 = Vector512.FusedMultiplyAdd(Read512(a + i + 16), x1, s0);
            s1 = Vector512.FusedMultiplyAdd(Read512(b + i + 16), x1, s1);
            s2 = Vector512.FusedMultiplyAdd(Read512(c + i + 16), x1, s2);
            s3 = Vector512.FusedMultiplyAdd(Read512(d + i + 16), x1, s3);
        }

        if (i + 16 <= count)
        {
            var x0 = Vector512.Load(x + i);
            s0 = Vector512.FusedMultiplyAdd(Read512(a + i), x0, s0);
            s1 = Vector512.FusedMultiplyAdd(Read512(b + i), x0, s1);
            s2 = Vector512.FusedMultiplyAdd(Read512(c + i), x0, s2);
            s3 = Vector512.FusedMultiplyAdd(Read512(d + i), x0, s3);
            i += 16;
        }

        results[0] = DotLanes.Sum(s0);
        results[1] = DotLanes.Sum(s1);
        results[2] = DotLanes.Sum(s2);
        results[3] = DotLanes.Sum(s3);
        return i;
    }

    // Sixteen lanes in two vectors: the same bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Four256(short* a, short* b, short* c, short* d, long ahead, float* x, int count, float* results)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default;
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            if (i % 32 == 0) Ask(a + i, b + i, c + i, d + i, ahead);
            var x0 = Vector256.Load(x + i);
            var x1 = Vector256.Load(x + i + 8);
            s0 = Vector256.FusedMultiplyAdd(Read256(a + i), x0, s0);
            s1 = Vector256.FusedMultiplyAdd(Read256(b + i), x0, s1);
            s2 = Vector256.FusedMultiplyAdd(Read256(c + i), x0, s2);
            s3 = Vector256.FusedMultiplyAdd(Read256(d + i), x0, s3);
            t0 = Vector256.FusedMultiplyAdd(Read256(a + i + 8), x1, t0);
            t1 = Vector256.FusedMultiplyAdd(Read256(b + i + 8), x1, t1);
            t2 = Vector256.FusedMultiplyAdd(Read256(c + i + 8), x1, t2);
            t3 = Vector256.FusedMultiplyAdd(Read256(d + i + 8), x1, t3);
        }

        results[0] = DotLanes.Sum(s0, t0);
        results[1] = DotLanes.Sum(s1, t1);
        results[2] = DotLanes.Sum(s2, t2);
        results[3] = DotLanes.Sum(s3, t3);
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(short* a, short* b, short* c, short* d, long ahead)
    {
        Sse.Prefetch1(a + ahead);
        Sse.Prefetch1(b + ahead);
        Sse.Prefetch1(c + ahead);
        Sse.Prefetch1(d + ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Read512(short* bits) => THalf.Widen(Avx512F.ConvertToVector512Int32(Vector256.Load(bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Read256(short* bits) => THalf.Widen(Avx2.ConvertToVector256Int32(bits));
}
