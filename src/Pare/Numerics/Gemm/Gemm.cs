using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Products of float32 matrices.</summary>
/// <remarks>
/// Each element of C is a sum over depth in ascending order, in blocks that are added one after another; products are fused.
/// |c − c_exact| ≤ γ · Σ|a|·|b| with γ = (k + 2)·2⁻²⁴ / (1 − (k + 2)·2⁻²⁴). Results depend neither on the instruction set nor on the number of threads.
/// No output may overlap an input. Nothing is allocated on the managed heap.
/// </remarks>
public static unsafe partial class Gemm
{
    /// <summary>C[m, n] = A[m, k] · Bᵀ, or C += A · Bᵀ, where B is n rows of k that are decoded as they are packed, once for all rows of A.</summary>
    /// <typeparam name="TRows">How B's rows are stored.</typeparam>
    /// <param name="pool">The threads.</param>
    /// <param name="a">A, [m, k].</param>
    /// <param name="m">Rows of A and C, at least 1.</param>
    /// <param name="k">Columns of A and of B's rows, at least 1.</param>
    /// <param name="lda">Elements from one row of A to the next, at least k.</param>
    /// <param name="b">B, [n, k].</param>
    /// <param name="n">Rows of B, columns of C, at least 1.</param>
    /// <param name="c">C, [m, n].</param>
    /// <param name="ldc">Elements from one row of C to the next, at least n.</param>
    /// <param name="accumulate">Whether the product is added to C; otherwise C is not read.</param>
    /// <exception cref="ArgumentException">A size or stride is out of range.</exception>
    public static void MultiplyTransposed<TRows>(ComputePool pool, float* a, int m, int k, int lda, in TRows b, int n, float* c, int ldc, bool accumulate = false)
        where TRows : struct, IRowSource
    {
        ArgumentNullException.ThrowIfNull(pool);
        Check(m, n, k, lda, k, ldc, nameof(lda));
        if (typeof(TRows) == typeof(DenseRows))
        {
            var dense = Unsafe.As<TRows, DenseRows>(ref Unsafe.AsRef(in b));
            ArgumentOutOfRangeException.ThrowIfLessThan(dense.Stride, k, nameof(b));
            Run(pool, m, n, k, 1, new RowPanels(a, lda), new RowPanels(dense.Data, dense.Stride), c, ldc, accumulate);
        }
        else
        {
            Run(pool, m, n, k, 1, new RowPanels(a, lda), new DecodedPanels<TRows>(b), c, ldc, accumulate);
        }
    }

    /// <summary>C = alpha · op(A) · op(B) + beta · C, where op(X) is X or its transpose.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="transposeA">Whether A is stored as [k, m] instead of [m, k].</param>
    /// <param name="transposeB">Whether B is stored as [n, k] instead of [k, n].</param>
    /// <param name="m">Rows of C, at least 1.</param>
    /// <param name="n">Columns of C, at least 1.</param>
    /// <param name="k">Terms of each sum, at least 1.</param>
    /// <param name="alpha">Factor of the product; it multiplies the elements of A.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="beta">Factor of C; with 0, C is not read.</param>
    /// <param name="c">C, [m, n].</param>
    /// <param name="ldc">Elements from one row of C to the next, at least n.</param>
    /// <exception cref="ArgumentException">A size or stride is out of range.</exception>
    public static void Multiply(ComputePool pool, bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc)
    {
        ArgumentNullException.ThrowIfNull(pool);
        CheckOperands(transposeA, transposeB, m, n, k, lda, ldb, ldc);
        ScaleRows(c, m, n, ldc, beta);
        var accumulate = beta != 0;
        switch (transposeA, transposeB)
        {
            case (false, false): Run(pool, m, n, k, alpha, new RowPanels(a, lda), new ColumnPanels(b, ldb), c, ldc, accumulate); break;
            case (false, true): Run(pool, m, n, k, alpha, new RowPanels(a, lda), new RowPanels(b, ldb), c, ldc, accumulate); break;
            case (true, false): Run(pool, m, n, k, alpha, new ColumnPanels(a, lda), new ColumnPanels(b, ldb), c, ldc, accumulate); break;
            case (true, true): Run(pool, m, n, k, alpha, new ColumnPanels(a, lda), new RowPanels(b, ldb), c, ldc, accumulate); break;
        }
    }

    /// <summary>Name of the micro-kernel this processor runs: Avx512, Avx2, Vector128 or Scalar.</summary>
    public static string KernelName =>
        Avx512F.IsSupported ? "Avx512" : Avx2.IsSupported && Fma.IsSupported ? "Avx2" : Vector128.IsHardwareAccelerated ? "Vector128" : "Scalar";

    private static void Run<TA, TB>(ComputePool pool, int m, int n, int k, float alpha, in TA a, in TB b, float* c, nint stride, bool accumulate)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        if (Avx512F.IsSupported) GemmDriver<GemmKernelAvx512>.Run(pool, m, n, k, alpha, a, b, c, stride, accumulate);
        else if (Avx2.IsSupported && Fma.IsSupported) GemmDriver<GemmKernelAvx2>.Run(pool, m, n, k, alpha, a, b, c, stride, accumulate);
        else if (Vector128.IsHardwareAccelerated) GemmDriver<GemmKernelVector128>.Run(pool, m, n, k, alpha, a, b, c, stride, accumulate);
        else GemmDriver<GemmKernelScalar>.Run(pool, m, n, k, alpha, a, b, c, stride, accumulate);
    }

    private static void CheckOperands(bool transposeA, bool transposeB, int m, int n, int k, int lda, int ldb, int ldc)
    {
        Check(m, n, k, lda, transposeA ? m : k, ldc, nameof(lda));
        ArgumentOutOfRangeException.ThrowIfLessThan(ldb, transposeB ? k : n);
    }

    private static void Check(int m, int n, int k, int ld, int least, int ldc, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ld, least, name);
        ArgumentOutOfRangeException.ThrowIfLessThan(ldc, n);
    }

    private static void ScaleRows(float* c, int m, int n, nint stride, float beta)
    {
        if (beta is 0 or 1) return;
        for (var i = 0; i < m; i++) VectorMath.Scale(new Span<float>(c + i * stride, n), beta);
    }
}
