using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>C −= A · Bᵀ in double precision over contiguous rows: the one product that factorization and inversion by rows consist of.</summary>
/// <remarks>Every element is one sum in a fixed order, so results do not depend on how rows are shared out.</remarks>
internal static unsafe class RowProducts
{
    // Rows of A and of B whose sums are kept in registers together.
    private const int TileA = 4;
    private const int TileB = 3;

    // Terms taken at once, so that the rows of B stay in the second-level cache.
    private const int Depth = 512;

    /// <summary>C[i, j] −= Σ A[i, t] · B[j, t].</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    /// <param name="b">[n, k].</param>
    /// <param name="ldb">Elements from one row of B to the next.</param>
    /// <param name="c">[m, n].</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    /// <param name="m">Rows of A.</param>
    /// <param name="n">Rows of B.</param>
    /// <param name="k">Terms.</param>
    public static void Subtract(double* a, nint lda, double* b, nint ldb, double* c, nint ldc, int m, int n, int k)
    {
        for (var start = 0; start < k; start += Depth)
        {
            var depth = Math.Min(Depth, k - start);
            for (var i = 0; i < m; i += TileA)
            {
                for (var j = 0; j < n; j += TileB)
                {
                    var ai = a + i * lda + start;
                    var bj = b + j * ldb + start;
                    var cij = c + i * ldc + j;
                    if (i + TileA <= m && j + TileB <= n) Tile(ai, lda, bj, ldb, cij, ldc, depth);
                    else Edge(ai, lda, bj, ldb, cij, ldc, Math.Min(TileA, m - i), Math.Min(TileB, n - j), depth);
                }
            }
        }
    }

    /// <summary>Σ a · b, in the order of <see cref="Subtract"/>.</summary>
    public static double Dot(double* a, double* b, int k)
    {
        var sum = Vector<double>.Zero;
        var t = 0;
        for (; t <= k - Vector<double>.Count; t += Vector<double>.Count) sum = Add(sum, a + t, b + t);
        return Finish(sum, a, b, t, k);
    }

    private static void Edge(double* a, nint lda, double* b, nint ldb, double* c, nint ldc, int m, int n, int k)
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++) c[i * ldc + j] -= Dot(a + i * lda, b + j * ldb, k);
        }
    }

    private static void Tile(double* a0, nint lda, double* b0, nint ldb, double* c, nint ldc, int k)
    {
        var a1 = a0 + lda;
        var a2 = a1 + lda;
        var a3 = a2 + lda;
        var b1 = b0 + ldb;
        var b2 = b1 + ldb;
        Vector<double> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
        Vector<double> s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
        var t = 0;
        for (; t <= k - Vector<double>.Count; t += Vector<double>.Count)
        {
            var (y0, y1, y2) = (Load(b0 + t), Load(b1 + t), Load(b2 + t));
            var x = Load(a0 + t);
            s00 = Vector.FusedMultiplyAdd(x, y0, s00);
            s01 = Vector.FusedMultiplyAdd(x, y1, s01);
            s02 = Vector.FusedMultiplyAdd(x, y2, s02);
            x = Load(a1 + t);
            s10 = Vector.FusedMultiplyAdd(x, y0, s10);
            s11 = Vector.FusedMultiplyAdd(x, y1, s11);
            s12 = Vector.FusedMultiplyAdd(x, y2, s12);
            x = Load(a2 + t);
            s20 = Vector.FusedMultiplyAdd(x, y0, s20);
            s21 = Vector.FusedMultiplyAdd(x, y1, s21);
            s22 = Vector.FusedMultiplyAdd(x, y2, s22);
            x = Load(a3 + t);
            s30 = Vector.FusedMultiplyAdd(x, y0, s30);
            s31 = Vector.FusedMultiplyAdd(x, y1, s31);
            s32 = Vector.FusedMultiplyAdd(x, y2, s32);
        }

        Row(c, s00, s01, s02, a0);
        Row(c + ldc, s10, s11, s12, a1);
        Row(c + 2 * ldc, s20, s21, s22, a2);
        Row(c + 3 * ldc, s30, s31, s32, a3);

        void Row(double* target, Vector<double> first, Vector<double> second, Vector<double> third, double* a)
        {
            target[0] -= Finish(first, a, b0, t, k);
            target[1] -= Finish(second, a, b1, t, k);
            target[2] -= Finish(third, a, b2, t, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Load(double* p) => Unsafe.ReadUnaligned<Vector<double>>(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Add(Vector<double> sum, double* a, double* b) => Vector.FusedMultiplyAdd(Load(a), Load(b), sum);

    private static double Finish(Vector<double> sum, double* a, double* b, int t, int k)
    {
        var total = Vector.Sum(sum);
        for (; t < k; t++) total = Math.FusedMultiplyAdd(a[t], b[t], total);
        return total;
    }
}
