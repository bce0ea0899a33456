using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>
/// Products of a sparse weight with activations that are rounded as each of its parts is: y = Σ over parts of Q(x)·Wᵀ, where Q gives x the part's numbers with two-level scales
/// (<see cref="VsQuant"/>, per token). What hardware with units for both number formats would compute, simulated in float32.
/// </summary>
internal sealed unsafe class MatchedProduct(Weight weight) : IDisposable
{
    private readonly SparseFormat _format = SparseFormat.Of(weight.Type);
    private NativeBuffer<float>? _rounded;

    /// <summary>y[n, rows] = the product with x[n, columns].</summary>
    public void Multiply(ComputePool pool, float* x, int n, float* y)
    {
        if (_rounded is null || _rounded.Length < (long)n * weight.Columns)
        {
            _rounded?.Dispose();
            _rounded = new NativeBuffer<float>((long)n * weight.Columns, zeroed: false);
        }

        for (var part = 0; part < _format.PartCount; part++)
        {
            pool.For(n, new RoundRow(x, _rounded.Pointer, weight.Columns, NumberGrid.Of(_format.Parts[part].Numbers)));
            Gemm.MultiplyTransposed(pool, _rounded.Pointer, n, weight.Columns, weight.Columns, new PartRows(weight, _format, part), weight.Rows, y, weight.Rows, accumulate: part > 0);
        }
    }

    public void Dispose() => _rounded?.Dispose();

    private readonly struct RoundRow(float* x, float* rounded, int columns, NumberGrid numbers) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = new Span<float>(rounded + (long)part * columns, columns);
            new ReadOnlySpan<float>(x + (long)part * columns, columns).CopyTo(row);
            // What is no finite number stays visible in everything that is made of it.
            if (float.IsFinite(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(row))) VsQuant.Round(row, numbers, NumberGrid.Of(NumberFormat.UInt8));
            else row.Fill(float.NaN);
        }
    }

    private readonly struct PartRows(Weight weight, SparseFormat format, int part) : IRowSource
    {
        public void Read(int row, int column, int count, float* destination)
        {
            var target = new Span<float>(destination, count);
            target.Clear();
            var stored = new ReadOnlySpan<byte>(weight.StoredRow(row), checked((int)weight.Type.RowBytes(weight.Columns)));
            if (SparseRow.AddPart(format, part, stored, weight.Columns, column, target) is { } problem) throw weight.Damaged(row, problem);
        }
    }
}
