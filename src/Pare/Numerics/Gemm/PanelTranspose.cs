using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Turns lines [lines, depth] into a panel [depth, width].</summary>
internal static unsafe class PanelTranspose
{
    /// <summary>Packs all lines of a piece of a panel; lines that are missing repeat the last one.</summary>
    /// <param name="source">First element of the first line.</param>
    /// <param name="stride">Elements from one line to the next.</param>
    /// <param name="lines">Lines there are, from 1 to <paramref name="width"/>.</param>
    /// <param name="depth">Depths.</param>
    /// <param name="panel">Destination, [depth, width].</param>
    /// <param name="width">Lines of the panel.</param>
    public static void Pack(float* source, nint stride, int lines, int depth, float* panel, int width)
    {
        if (width < 8)
        {
            PackLines(source, stride, lines, width, depth, panel, width);
            return;
        }

        // The last group of eight overlaps the one before where eight does not divide the width, and writes the same numbers again.
        for (var w = 0; w < width; w += 8)
        {
            var first = Math.Min(w, width - 8);
            var from = Math.Min(first, lines - 1);
            PackLines(source + from * stride, stride, lines - from, 8, depth, panel + first, width);
        }
    }

    /// <summary>Packs up to eight lines into neighbouring columns of a panel.</summary>
    /// <param name="source">First element of the first line.</param>
    /// <param name="stride">Elements from one line to the next.</param>
    /// <param name="lines">Lines there are, at least 1; those missing repeat the last one.</param>
    /// <param name="columns">Columns to write, from 1 to 8.</param>
    /// <param name="depth">Depths.</param>
    /// <param name="panel">First element of the columns, [depth, columns] in rows of <paramref name="width"/>.</param>
    /// <param name="width">Elements from one depth of the panel to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void PackLines(float* source, nint stride, int lines, int columns, int depth, float* panel, nint width)
    {
        var last = lines - 1;
        var s0 = source;
        var s1 = source + Math.Min(1, last) * stride;
        var s2 = source + Math.Min(2, last) * stride;
        var s3 = source + Math.Min(3, last) * stride;
        var s4 = source + Math.Min(4, last) * stride;
        var s5 = source + Math.Min(5, last) * stride;
        var s6 = source + Math.Min(6, last) * stride;
        var s7 = source + Math.Min(7, last) * stride;
        var d = 0;
        if (Avx.IsSupported && columns is 8 or 6)
        {
            for (; d + 8 <= depth; d += 8)
            {
                Transpose(s0 + d, s1 + d, s2 + d, s3 + d, s4 + d, s5 + d, s6 + d, s7 + d, columns, panel + d * width, width);
            }
        }

        for (; d < depth; d++)
        {
            var to = panel + d * width;
            to[0] = s0[d];
            if (columns > 1) to[1] = s1[d];
            if (columns > 2) to[2] = s2[d];
            if (columns > 3) to[3] = s3[d];
            if (columns > 4) to[4] = s4[d];
            if (columns > 5) to[5] = s5[d];
            if (columns > 6) to[6] = s6[d];
            if (columns > 7) to[7] = s7[d];
        }
    }

    // Halves of eight floats of line i (low) and line i + 4 (high) are paired first, so that all further steps stay inside 128-bit lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* s0, float* s1, float* s2, float* s3, float* s4, float* s5, float* s6, float* s7, int columns, float* to, nint width)
    {
        Quarter(Pair(s0, s4), Pair(s1, s5), Pair(s2, s6), Pair(s3, s7), columns, to, width);
        Quarter(Pair(s0 + 4, s4 + 4), Pair(s1 + 4, s5 + 4), Pair(s2 + 4, s6 + 4), Pair(s3 + 4, s7 + 4), columns, to + 4 * width, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* low, float* high) =>
        Avx.InsertVector128(Vector128.Load(low).ToVector256Unsafe(), Vector128.Load(high), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, int columns, float* to, nint width)
    {
        var ab = Avx.UnpackLow(a, b).AsDouble();
        var cd = Avx.UnpackLow(c, d).AsDouble();
        var abHigh = Avx.UnpackHigh(a, b).AsDouble();
        var cdHigh = Avx.UnpackHigh(c, d).AsDouble();
        Write(Avx.UnpackLow(ab, cd), columns, to);
        Write(Avx.UnpackHigh(ab, cd), columns, to + width);
        Write(Avx.UnpackLow(abHigh, cdHigh), columns, to + 2 * width);
        Write(Avx.UnpackHigh(abHigh, cdHigh), columns, to + 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector256<double> value, int columns, float* to)
    {
        if (columns == 8)
        {
            value.AsSingle().Store(to);
            return;
        }

        value.GetLower().AsSingle().Store(to);
        *(double*)(to + 4) = value.GetUpper().ToScalar();
    }
}
