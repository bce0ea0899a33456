using System.Runtime.InteropServices;

namespace Pare.Benchmarks.Numerics;

/// <summary>OpenBLAS of the system, to compare with; absent where it is not installed.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int Plain = 111;
    private const int Transposed = 112;
    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;
    private readonly delegate* unmanaged<int, void> _setThreads;
    private readonly delegate* unmanaged<byte*> _coreName;

    private OpenBlas(nint library)
    {
        _sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeLibrary.GetExport(library, "cblas_sgemm");
        _setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
        _coreName = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_corename");
    }

    /// <summary>The kernels that OpenBLAS chose for this processor.</summary>
    public string CoreName => Marshal.PtrToStringUTF8((nint)_coreName()) ?? "unknown";

    public static OpenBlas? Load()
    {
        foreach (var name in new[] { "libopenblas.so.0", "libopenblas.so", "libopenblas" })
        {
            if (NativeLibrary.TryLoad(name, out var library)) return new OpenBlas(library);
        }

        return null;
    }

    public void SetThreads(int threads) => _setThreads(threads);

    /// <summary>C[m, n] = op(A)·op(B) + beta·C, where A is stored as [k, m] if it is transposed and B as [n, k] if it is.</summary>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float* a, float* b, float beta, float* c) =>
        _sgemm(RowMajor, transposeA ? Transposed : Plain, transposeB ? Transposed : Plain, m, n, k, 1, a, transposeA ? m : k, b, transposeB ? k : n, beta, c, n);
}
