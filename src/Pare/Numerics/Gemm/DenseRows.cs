using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>A dense float32 matrix as a row source. <see cref="Gemm"/> reads its memory directly.</summary>
/// <param name="data">First element.</param>
/// <param name="stride">Elements from one row to the next.</param>
public readonly unsafe struct DenseRows(float* data, int stride) : IRowSource
{
    /// <summary>First element.</summary>
    public float* Data { get; } = data;

    /// <summary>Elements from one row to the next.</summary>
    public int Stride { get; } = stride;

    /// <inheritdoc/>
    public void Read(int row, int column, int count, float* destination) =>
        NativeMemory.Copy(Data + (nint)row * Stride + column, destination, (nuint)count * sizeof(float));
}
