using Pare.Numerics;

namespace Pare.Training;

/// <summary>y = x·Wᵀ + b (+ a low-rank correction) over all tokens of a batch, and its derivatives.</summary>
internal static unsafe class LinearLayer
{
    /// <summary>y[n, rows] = x[n, columns]·Wᵀ + b.</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="map">The map.</param>
    /// <param name="x">[n, columns].</param>
    /// <param name="n">Tokens.</param>
    /// <param name="y">[n, rows]; overwritten.</param>
    public static void Forward(LayerWork work, LinearParameters map, float* x, int n, float* y)
    {
        Gemm.Multiply(work.Pool, false, true, n, map.Rows, map.Columns, 1, x, map.Columns, map.Weight, map.Stride, 0, y, map.Rows);
        if (map.Bias != null) work.Pool.For(n, new AddBias(y, map.Bias, map.Rows));
        if (map.Lora is not { } lora) return;
        var low = work.Floats(LayerWork.LowRank, (long)n * lora.Rank);
        Gemm.Multiply(work.Pool, false, true, n, lora.Rank, map.Columns, 1, x, map.Columns, lora.Down, map.Columns, 0, low, lora.Rank);
        Gemm.Multiply(work.Pool, false, true, n, map.Rows, lora.Rank, lora.Scale, low, lora.Rank, lora.Up, lora.Rank, 1, y, map.Rows);
    }

    /// <summary>Adds the gradients of weight, bias and correction, and gives that of the input: dx = dy·W.</summary>
    /// <param name="work">Threads and scratch memory.</param>
    /// <param name="map">The map.</param>
    /// <param name="x">[n, columns]: what the map read.</param>
    /// <param name="dy">[n, rows]: gradient of what it gave.</param>
    /// <param name="n">Tokens.</param>
    /// <param name="dx">[n, columns], or null where it is not wanted.</param>
    /// <param name="accumulate">Whether <paramref name="dx"/> is added to.</param>
    public static void Backward(LayerWork work, LinearParameters map, float* x, float* dy, int n, float* dx, bool accumulate)
    {
        if (work.Observer is { } observer && map.Site is { } site) observer.Observe(new SiteGradients(site, x, dy, n));
        if (map.WeightGradient != null)
            Gemm.Multiply(work.Pool, true, false, map.Rows, map.Columns, n, 1, dy, map.Rows, x, map.Columns, 1, map.WeightGradient, map.Stride);
        if (map.BiasGradient != null) ColumnSums.Add(work, dy, n, map.Rows, map.BiasGradient);
        if (dx != null) Gemm.Multiply(work.Pool, false, false, n, map.Columns, map.Rows, 1, dy, map.Rows, map.Weight, map.Stride, accumulate ? 1 : 0, dx, map.Columns);
        if (map.Lora is { } lora) BackwardLora(work, map, lora, x, dy, n, dx);
    }

    private static void BackwardLora(LayerWork work, LinearParameters map, LoraAdapter lora, float* x, float* dy, int n, float* dx)
    {
        var low = work.Floats(LayerWork.LowRank, (long)n * lora.Rank);
        var lowGradient = work.Floats(LayerWork.LowRankGradient, (long)n * lora.Rank);
        Gemm.Multiply(work.Pool, false, true, n, lora.Rank, map.Columns, 1, x, map.Columns, lora.Down, map.Columns, 0, low, lora.Rank);
        Gemm.Multiply(work.Pool, true, false, map.Rows, lora.Rank, n, lora.Scale, dy, map.Rows, low, lora.Rank, 1, lora.UpGradient, lora.Rank);
        Gemm.Multiply(work.Pool, false, false, n, lora.Rank, map.Rows, lora.Scale, dy, map.Rows, lora.Up, lora.Rank, 0, lowGradient, lora.Rank);
        Gemm.Multiply(work.Pool, true, false, lora.Rank, map.Columns, n, 1, lowGradient, lora.Rank, x, map.Columns, 1, lora.DownGradient, map.Columns);
        if (dx != null) Gemm.Multiply(work.Pool, false, false, n, map.Columns, lora.Rank, 1, lowGradient, lora.Rank, lora.Down, map.Columns, 1, dx, map.Columns);
    }

    private readonly struct AddBias(float* y, float* bias, int rows) : IParallelBody
    {
        public void Execute(int part, int worker) => VectorMath.Add(new ReadOnlySpan<float>(bias, rows), new Span<float>(y + (long)part * rows, rows));
    }
}
