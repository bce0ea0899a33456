using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Tests.Numerics;

/// <summary>Every micro-kernel that this processor can run, whichever of them <see cref="Gemm"/> chooses.</summary>
public sealed unsafe class GemmKernelTests
{
    [Fact]
    public void Every_kernel_matches_the_definition()
    {
        Check<GemmKernelScalar>();
        if (Vector128.IsHardwareAccelerated) Check<GemmKernelVector128>();
        if (Avx2.IsSupported && Fma.IsSupported) Check<GemmKernelAvx2>();
        if (Avx512F.IsSupported) Check<GemmKernelAvx512>();
    }

    [Fact]
    public void All_kernels_give_the_same_bits()
    {
        AssertSame<GemmKernelScalar, GemmKernelVector128>();
        if (Avx2.IsSupported && Fma.IsSupported) AssertSame<GemmKernelScalar, GemmKernelAvx2>();
        if (Avx512F.IsSupported) AssertSame<GemmKernelScalar, GemmKernelAvx512>();
    }

    private static void AssertSame<TOne, TOther>()
        where TOne : struct, IGemmKernel
        where TOther : struct, IGemmKernel
    {
        using var pool = new ComputePool(2);
        foreach (var (m, n, k) in new[] { (1, 1, 3), (7, 70, 256), (43, 129, 390), (64, 33, 1030), (29, 64, 1536) })
        {
            using var problem = new GemmProblem(m, n, k, false, true, seed: k);
            Assert.Equal(Product<TOne>(pool, problem, m, n, k), Product<TOther>(pool, problem, m, n, k));
        }
    }

    private static float[] Product<TKernel>(ComputePool pool, GemmProblem problem, int m, int n, int k)
        where TKernel : struct, IGemmKernel
    {
        problem.Reset(1);
        GemmDriver<TKernel>.Run(pool, m, n, k, 0.5f, new RowPanels(problem.A, problem.Lda), new RowPanels(problem.B, problem.Ldb), problem.C, problem.Ldc, true);
        return new ReadOnlySpan<float>(problem.C, (m - 1) * problem.Ldc + n).ToArray();
    }

    private static void Check<TKernel>()
        where TKernel : struct, IGemmKernel
    {
        using var pool = new ComputePool(2);
        var sizes = new List<(int M, int N, int K)> { (43, 129, 390), (64, 70, 1030) };
        for (var m = 1; m <= 15; m++) sizes.AddRange([(m, 1, 1), (m, 32, 13), (m, 35, 6)]);
        foreach (var (m, n, k) in sizes)
        {
            using var problem = new GemmProblem(m, n, k, false, true, seed: m + k);
            problem.Reset(0);
            GemmDriver<TKernel>.Run(pool, m, n, k, 1, new RowPanels(problem.A, problem.Lda), new RowPanels(problem.B, problem.Ldb), problem.C, problem.Ldc, false);
            problem.Check(1, 0);
            problem.Reset(1);
            GemmDriver<TKernel>.Run(pool, m, n, k, -2, new RowPanels(problem.A, problem.Lda), new RowPanels(problem.B, problem.Ldb), problem.C, problem.Ldc, true);
            problem.Check(-2, 1);
        }
    }
}
