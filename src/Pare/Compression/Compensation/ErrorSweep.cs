using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>
/// Goes over the columns of a weight in order, lets a rule choose each value, and spreads the error that this makes over the columns not yet reached so that the
/// output on the calibration inputs changes least (optimal brain surgeon by columns: SparseGPT, arXiv 2301.00774; GPTQ, arXiv 2210.17323).
/// </summary>
internal static unsafe class ErrorSweep
{
    /// <summary>Columns whose errors reach the columns behind the run only when the run is done.</summary>
    public const int MostColumns = 128;

    /// <summary>Chooses every value.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="weights">[rows, columns], replaced by the chosen values.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="factor">U of <see cref="InverseFactor"/>, [columns, columns].</param>
    /// <param name="rule">The rule.</param>
    /// <param name="run">Columns of a run, at most <see cref="MostColumns"/>.</param>
    /// <returns>Σ ((w − chosen) / U[j, j])² over all weights: twice the estimated loss.</returns>
    public static double Apply<TRule>(ComputePool pool, float* weights, int rows, int columns, float* factor, in TRule rule, int run = MostColumns)
        where TRule : struct, IColumnRule
    {
        using var errors = new NativeBuffer<float>((long)rows * run, zeroed: false);
        var losses = new double[rows];
        for (var start = 0; start < columns; start += run)
        {
            var count = Math.Min(run, columns - start);
            rule.BeginRun(weights, start, count);
            fixed (double* loss = losses) pool.For(rows, new Row<TRule>(weights, columns, factor, errors.Pointer, run, start, count, loss, rule));
            var rest = columns - start - count;
            if (rest == 0) break;
            Gemm.Multiply(pool, transposeA: false, transposeB: false, rows, rest, count, -1, errors.Pointer, run,
                factor + (long)start * columns + start + count, columns, 1, weights + start + count, columns);
        }

        return losses.Sum();
    }

    private readonly struct Row<TRule>(float* weights, int columns, float* factor, float* errors, int run, int start, int count, double* losses, TRule rule) : IParallelBody
        where TRule : struct, IColumnRule
    {
        public void Execute(int part, int worker)
        {
            var row = weights + (long)part * columns;
            var current = stackalloc float[MostColumns];
            new ReadOnlySpan<float>(row + start, count).CopyTo(new Span<float>(current, count));
            var error = errors + (long)part * run;
            for (var i = 0; i < count; i++)
            {
                var chosen = rule.Choose(part, current, row, start + i, i);
                var u = factor + (long)(start + i) * columns + start + i;
                var e = (current[i] - chosen) / u[0];
                losses[part] += (double)e * e;
                error[i] = e;
                current[i] = chosen;
                var rest = new Span<float>(current + i + 1, count - i - 1);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(u + 1, rest.Length), -e, rest, rest);
            }

            new ReadOnlySpan<float>(current, count).CopyTo(new Span<float>(row + start, count));
        }
    }
}
