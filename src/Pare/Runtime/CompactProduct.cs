using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A product by a compact matrix: its inputs are gathered, the smaller matrix is applied, its outputs are spread among zeros.</summary>
internal sealed unsafe class CompactProduct : IDisposable
{
    private readonly CompactMap _map;
    private readonly int _rows;
    private readonly int _columns;
    private NativeBuffer<float>? _inputs;
    private NativeBuffer<float>? _outputs;
    private Int8Rows? _quantized;

    /// <param name="weight">A weight with <see cref="Weight.Compact"/>.</param>
    public CompactProduct(Weight weight)
    {
        (_map, _rows, _columns) = (weight.Compact!, weight.Rows, weight.Columns);
        Inner = new Linear(weight.CompactMatrix!, null);
    }

    /// <summary>The smaller map.</summary>
    public Linear Inner { get; }

    /// <summary>y[n, rows] = x[n, columns] · Wᵀ.</summary>
    public void Multiply(ComputePool pool, float* x, int n, float* y)
    {
        var (rows, columns) = (_map.Rows.Length, _map.Columns.Length);
        Grow(n, rows, columns);
        var inputs = _inputs!.Pointer;
        var outputs = _outputs!.Pointer;
        pool.For(n, new Gather(_map.Columns, x, _columns, inputs));
        Inner.Multiply(pool, inputs, n, outputs, _quantized);
        pool.For(n, new Scatter(_map.Rows, outputs, y, _rows));
    }

    public void Dispose()
    {
        Inner.Dispose();
        _inputs?.Dispose();
        _outputs?.Dispose();
        _quantized?.Dispose();
    }

    // Grows with the first long prompt; then nothing is allocated.
    private void Grow(int n, int rows, int columns)
    {
        if (_inputs?.Length >= (long)n * columns) return;
        _inputs?.Dispose();
        _outputs?.Dispose();
        _quantized?.Dispose();
        _inputs = new NativeBuffer<float>((long)n * columns, zeroed: false);
        _outputs = new NativeBuffer<float>((long)n * rows, zeroed: false);
        if (Inner.IsPacked) _quantized = new Int8Rows(n, columns);
    }

    private readonly struct Gather(int[] columns, float* x, int stride, float* target) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var from = x + (long)part * stride;
            var to = target + (long)part * columns.Length;
            for (var i = 0; i < columns.Length; i++) to[i] = from[columns[i]];
        }
    }

    private readonly struct Scatter(int[] rows, float* values, float* y, int stride) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var from = values + (long)part * rows.Length;
            var to = y + (long)part * stride;
            new Span<float>(to, stride).Clear();
            for (var i = 0; i < rows.Length; i++) to[rows[i]] = from[i];
        }
    }
}
