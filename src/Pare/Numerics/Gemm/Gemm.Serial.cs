using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

public static unsafe partial class Gemm
{
    /// <summary>C = alpha · op(A) · op(B) + beta · C on the calling thread: for use inside a part of parallel work. The result equals that of <see cref="Multiply"/> bit for bit.</summary>
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
    /// <param name="scratch">Memory of the caller, at least <see cref="SerialScratchLength"/> floats.</param>
    /// <exception cref="ArgumentException">A size or stride is out of range.</exception>
    public static void MultiplySerial(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc, float* scratch)
    {
        CheckOperands(transposeA, transposeB, m, n, k, lda, ldb, ldc);
        ScaleRows(c, m, n, ldc, beta);
        var accumulate = beta != 0;
        switch (transposeA, transposeB)
        {
            case (false, false): RunSerial(m, n, k, alpha, new RowPanels(a, lda), new ColumnPanels(b, ldb), c, ldc, accumulate, scratch); break;
            case (false, true): RunSerial(m, n, k, alpha, new RowPanels(a, lda), new RowPanels(b, ldb), c, ldc, accumulate, scratch); break;
            case (true, false): RunSerial(m, n, k, alpha, new ColumnPanels(a, lda), new ColumnPanels(b, ldb), c, ldc, accumulate, scratch); break;
            case (true, true): RunSerial(m, n, k, alpha, new ColumnPanels(a, lda), new RowPanels(b, ldb), c, ldc, accumulate, scratch); break;
        }
    }

    /// <summary>Floats of scratch that <see cref="MultiplySerial"/> needs; at most about 270 thousand, and never fewer for a larger product up to there.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <returns>Number of floats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1.</exception>
    public static int SerialScratchLength(int m, int n, int k)
    {
        Check(m, n, k, k, k, n, nameof(k));
        long length;
        if (Avx512F.IsSupported) length = GemmDriver<GemmKernelAvx512>.SerialScratchLength(m, n, k);
        else if (Avx2.IsSupported && Fma.IsSupported) length = GemmDriver<GemmKernelAvx2>.SerialScratchLength(m, n, k);
        else if (Vector128.IsHardwareAccelerated) length = GemmDriver<GemmKernelVector128>.SerialScratchLength(m, n, k);
        else length = GemmDriver<GemmKernelScalar>.SerialScratchLength(m, n, k);
        return checked((int)length);
    }

    private static void RunSerial<TA, TB>(int m, int n, int k, float alpha, in TA a, in TB b, float* c, nint stride, bool accumulate, float* scratch)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        if (Avx512F.IsSupported) GemmDriver<GemmKernelAvx512>.RunSerial(m, n, k, alpha, a, b, c, stride, accumulate, scratch);
        else if (Avx2.IsSupported && Fma.IsSupported) GemmDriver<GemmKernelAvx2>.RunSerial(m, n, k, alpha, a, b, c, stride, accumulate, scratch);
        else if (Vector128.IsHardwareAccelerated) GemmDriver<GemmKernelVector128>.RunSerial(m, n, k, alpha, a, b, c, stride, accumulate, scratch);
        else GemmDriver<GemmKernelScalar>.RunSerial(m, n, k, alpha, a, b, c, stride, accumulate, scratch);
    }
}
