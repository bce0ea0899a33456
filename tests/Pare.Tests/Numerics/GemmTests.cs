using Pare.Numerics;
using Pare.TestSupport;

namespace Pare.Tests.Numerics;

public sealed unsafe class GemmTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 1, 33, 7 }, { 2, 3, 5 }, { 5, 17, 8 }, { 6, 16, 9 }, { 7, 31, 64 }, { 13, 32, 65 }, { 14, 33, 255 }, { 15, 64, 256 }, { 29, 47, 385 }, { 31, 100, 769 }, { 97, 65, 40 }, { 2100, 5, 640 }, { 4, 2100, 640 }, { 3, 2, 65536 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Multiply_matches_the_definition_for_every_transposition(int m, int n, int k)
    {
        using var pool = new ComputePool(2);
        foreach (var (transposeA, transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            using var problem = new GemmProblem(m, n, k, transposeA, transposeB, seed: 7 * m + n);
            foreach (var (alpha, beta) in new[] { (1f, 0f), (1f, 1f), (-0.75f, 0.5f), (2f, 0f) })
            {
                problem.Reset(beta);
                Gemm.Multiply(pool, transposeA, transposeB, m, n, k, alpha, problem.A, problem.Lda, problem.B, problem.Ldb, beta, problem.C, problem.Ldc);
                problem.Check(alpha, beta);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void MultiplySerial_gives_the_bits_of_Multiply(int m, int n, int k)
    {
        using var pool = new ComputePool(2);
        foreach (var (transposeA, transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            using var problem = new GemmProblem(m, n, k, transposeA, transposeB, seed: 11 * m + n);
            problem.Reset(0.5f);
            Gemm.Multiply(pool, transposeA, transposeB, m, n, k, 0.3f, problem.A, problem.Lda, problem.B, problem.Ldb, 0.5f, problem.C, problem.Ldc);
            var whole = problem.Result();
            problem.Reset(0.5f);
            var needed = Gemm.SerialScratchLength(m, n, k);
            using var scratch = new NativeBuffer<float>(needed + 16);
            scratch.Span.Fill(float.NaN);
            Gemm.MultiplySerial(transposeA, transposeB, m, n, k, 0.3f, problem.A, problem.Lda, problem.B, problem.Ldb, 0.5f, problem.C, problem.Ldc, scratch.Pointer);
            Assert.Equal(whole, problem.Result());
            for (var i = needed; i < needed + 16; i++) Assert.True(float.IsNaN(scratch.Pointer[i]), "scratch beyond its stated length was written");
        }
    }

    [Theory]
    [InlineData(3, 5, 256)]
    [InlineData(19, 70, 300)]
    [InlineData(40, 33, 1100)]
    public void MultiplyTransposed_decodes_rows_as_they_are(int m, int n, int k)
    {
        using var pool = new ComputePool(2);
        using var problem = new GemmProblem(m, n, k, false, true, seed: 3);
        problem.Reset(0);
        Gemm.MultiplyTransposed(pool, problem.A, m, k, problem.Lda, new DenseRows(problem.B, problem.Ldb), n, problem.C, problem.Ldc);
        problem.Check(1, 0);
        var dense = problem.Result();
        problem.Reset(0);
        Gemm.MultiplyTransposed(pool, problem.A, m, k, problem.Lda, new CheckedRows(problem.B, problem.Ldb, n, k), n, problem.C, problem.Ldc);
        Assert.Equal(dense, problem.Result());
        problem.Reset(1);
        Gemm.MultiplyTransposed(pool, problem.A, m, k, problem.Lda, new CheckedRows(problem.B, problem.Ldb, n, k), n, problem.C, problem.Ldc, accumulate: true);
        problem.Check(1, 1);
    }

    [Theory]
    [InlineData(200, 130, 700)]
    [InlineData(61, 300, 96)]
    public void Results_do_not_depend_on_the_number_of_threads(int m, int n, int k)
    {
        float[]? first = null;
        using var problem = new GemmProblem(m, n, k, false, true, seed: 5);
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var pool = new ComputePool(threads);
            problem.Reset(0);
            Gemm.MultiplyTransposed(pool, problem.A, m, k, problem.Lda, new CheckedRows(problem.B, problem.Ldb, n, k), n, problem.C, problem.Ldc);
            first ??= problem.Result();
            Assert.Equal(first, problem.Result());
        }
    }

    [Fact]
    public void A_row_of_C_does_not_depend_on_the_rows_beside_it()
    {
        using var pool = new ComputePool(2);
        using var problem = new GemmProblem(37, 50, 600, false, true, seed: 9);
        problem.Reset(0);
        Gemm.MultiplyTransposed(pool, problem.A, 37, 600, problem.Lda, new DenseRows(problem.B, problem.Ldb), 50, problem.C, problem.Ldc);
        var whole = problem.Result();
        for (var row = 0; row < 37; row += 5)
        {
            problem.Reset(0);
            Gemm.MultiplyTransposed(pool, problem.A + row * problem.Lda, 1, 600, problem.Lda, new DenseRows(problem.B, problem.Ldb), 50, problem.C, problem.Ldc);
            Assert.Equal(whole[(row * 50)..(row * 50 + 50)], problem.Result()[..50]);
        }
    }

    [Fact]
    public void Multiply_allocates_nothing_once_warm()
    {
        using var pool = new ComputePool(2);
        using var problem = new GemmProblem(64, 64, 300, false, true, seed: 1);
        problem.Reset(0);
        Assert.Equal(0, AllocatedBytes.Of(() => Gemm.Multiply(pool, false, true, 64, 64, 300, 1, problem.A, problem.Lda, problem.B, problem.Ldb, 0, problem.C, problem.Ldc)));
    }

    [Fact]
    public void Sizes_and_strides_out_of_range_are_refused()
    {
        using var pool = new ComputePool(1);
        var memory = stackalloc float[64];
        var at = (nint)memory;
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Multiply(pool, false, false, 0, 1, 1, 1, (float*)at, 1, (float*)at, 1, 0, (float*)at, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Multiply(pool, false, false, 2, 2, 3, 1, (float*)at, 2, (float*)at, 2, 0, (float*)at, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Multiply(pool, true, false, 3, 2, 2, 1, (float*)at, 2, (float*)at, 2, 0, (float*)at, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.MultiplyTransposed(pool, (float*)at, 2, 4, 4, new DenseRows((float*)at, 3), 2, (float*)at, 2));
    }

    // Checks that what is asked for keeps the contract of IRowSource.
    private readonly struct CheckedRows(float* data, int stride, int rows, int columns) : IRowSource
    {
        public void Read(int row, int column, int count, float* destination)
        {
            if ((uint)row >= (uint)rows || column % 256 != 0 || column + count > columns || (count % 256 != 0 && column + count != columns))
                throw new InvalidOperationException($"read of row {row}, columns {column} to {column + count}");
            for (var i = 0; i < count; i++) destination[i] = data[(nint)row * stride + column + i];
        }
    }
}
