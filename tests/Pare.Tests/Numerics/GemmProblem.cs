using Pare.Numerics;

namespace Pare.Tests.Numerics;

/// <summary>A product with padded strides, its definition in double precision, and sentinels around C.</summary>
internal sealed unsafe class GemmProblem : IDisposable
{
    private const float Sentinel = 12345.5f;
    private readonly int _m;
    private readonly int _n;
    private readonly int _k;
    private readonly bool _transposeA;
    private readonly bool _transposeB;
    private readonly NativeBuffer<float> _a;
    private readonly NativeBuffer<float> _b;
    private readonly NativeBuffer<float> _c;
    private readonly float[] _start;

    public GemmProblem(int m, int n, int k, bool transposeA, bool transposeB, int seed)
    {
        (_m, _n, _k, _transposeA, _transposeB) = (m, n, k, transposeA, transposeB);
        var random = new Random(seed);
        Lda = (transposeA ? m : k) + 3;
        Ldb = (transposeB ? k : n) + 1;
        Ldc = n + 2;
        _a = Fill(random, (transposeA ? k : m) * Lda);
        _b = Fill(random, (transposeB ? n : k) * Ldb);
        _c = new NativeBuffer<float>(m * Ldc);
        _start = new float[m * n];
        for (var i = 0; i < _start.Length; i++) _start[i] = random.NextSingle() * 2 - 1;
    }

    public int Lda { get; }

    public int Ldb { get; }

    public int Ldc { get; }

    public float* A => _a.Pointer;

    public float* B => _b.Pointer;

    public float* C => _c.Pointer;

    /// <summary>Fills C with its start values, or with NaN where C must not be read.</summary>
    public void Reset(float beta)
    {
        _c.Span.Fill(Sentinel);
        for (var i = 0; i < _m; i++)
            for (var j = 0; j < _n; j++) C[i * Ldc + j] = beta == 0 ? float.NaN : _start[i * _n + j];
    }

    public float[] Result()
    {
        var result = new float[_m * _n];
        for (var i = 0; i < _m; i++) new ReadOnlySpan<float>(C + i * Ldc, _n).CopyTo(result.AsSpan(i * _n));
        return result;
    }

    /// <summary>Holds C to the definition: |error| ≤ γ(k + 3) · (Σ|alpha·a·b| + |beta·c|), u = 2⁻²⁴, γ(j) = j·u / (1 − j·u).</summary>
    public void Check(float alpha, float beta)
    {
        var gamma = (_k + 3) * Math.Pow(2, -24) / (1 - (_k + 3) * Math.Pow(2, -24));
        for (var i = 0; i < _m; i++)
        {
            for (var j = 0; j < _n; j++)
            {
                double sum = 0, size = 0;
                for (var d = 0; d < _k; d++)
                {
                    var term = (double)alpha * A[_transposeA ? d * Lda + i : i * Lda + d] * B[_transposeB ? j * Ldb + d : d * Ldb + j];
                    sum += term;
                    size += Math.Abs(term);
                }

                if (beta != 0)
                {
                    sum += (double)beta * _start[i * _n + j];
                    size += Math.Abs((double)beta * _start[i * _n + j]);
                }

                var error = Math.Abs(C[i * Ldc + j] - sum);
                if (!(error <= gamma * size)) Assert.Fail($"C[{i}, {j}] of {_m} × {_n} × {_k} (transposed {_transposeA}, {_transposeB}): {C[i * Ldc + j]} against {sum}, error {error:E2}, bound {gamma * size:E2}");
            }

            for (var j = _n; j < Ldc; j++) Assert.Equal(Sentinel, C[i * Ldc + j]);
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    private static NativeBuffer<float> Fill(Random random, int length)
    {
        var buffer = new NativeBuffer<float>(length);
        foreach (ref var value in buffer.Span) value = random.NextSingle() * 2 - 1;
        return buffer;
    }
}
