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
        Segment[] rows = map.RowSegments ?? [new Segment(0, map.Rows)], columns = map.ColumnSegments ?? [new Segment(0, map.Columns)];
        var row = 0;
        foreach (var part in rows)
        {
            var column = 0;
            foreach (var input in columns)
            {
                Gemm.Multiply(work.Pool, false, true, n, part.Count, input.Count, 1, x + column, map.Columns, At(map.Weight, map, part, input), map.Stride, column == 0 ? 0 : 1, y + row, map.Rows);
                column += input.Count;
            }

            if (map.Bias != null) work.Pool.For(n, new AddBias(y + row, map.Rows, map.Bias + part.Start, part.Count));
            row += part.Count;
        }

        if (map.Lora is not { } lora) return;
        var low = Low(work, map, lora, columns, x, n);
        row = 0;
        foreach (var part in rows)
        {
            Gemm.Multiply(work.Pool, false, true, n, part.Count, lora.Rank, lora.Scale, low, lora.Rank, lora.Up + (long)part.Start * lora.Rank, lora.Rank, 1, y + row, map.Rows);
            row += part.Count;
        }
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
        Segment[] rows = map.RowSegments ?? [new Segment(0, map.Rows)], columns = map.ColumnSegments ?? [new Segment(0, map.Columns)];
        if (map.BiasGradient != null) AddBiasGradient(work, map, rows, dy, n);
        var row = 0;
        foreach (var part in rows)
        {
            var column = 0;
            foreach (var input in columns)
            {
                if (map.WeightGradient != null)
                    Gemm.Multiply(work.Pool, true, false, part.Count, input.Count, n, 1, dy + row, map.Rows, x + column, map.Columns, 1, At(map.WeightGradient, map, part, input), map.Stride);
                if (dx != null)
                    Gemm.Multiply(work.Pool, false, false, n, input.Count, part.Count, 1, dy + row, map.Rows, At(map.Weight, map, part, input), map.Stride, accumulate || row > 0 ? 1 : 0, dx + column, map.Columns);
                column += input.Count;
            }

            row += part.Count;
        }

        if (map.Lora is { } lora) BackwardLora(work, map, lora, rows, columns, x, dy, n, dx);
    }

    private static float* At(float* whole, LinearParameters map, Segment row, Segment column) => whole + (long)row.Start * map.Stride + column.Start;

    // x·Aᵀ.
    private static float* Low(LayerWork work, LinearParameters map, LoraAdapter lora, Segment[] columns, float* x, int n)
    {
        var low = work.Floats(LayerWork.LowRank, (long)n * lora.Rank);
        var column = 0;
        foreach (var input in columns)
        {
            Gemm.Multiply(work.Pool, false, true, n, lora.Rank, input.Count, 1, x + column, map.Columns, lora.Down + input.Start, lora.Stride, column == 0 ? 0 : 1, low, lora.Rank);
            column += input.Count;
        }

        return low;
    }

    private static void AddBiasGradient(LayerWork work, LinearParameters map, Segment[] rows, float* dy, int n)
    {
        if (rows.Length == 1)
        {
            ColumnSums.Add(work, dy, n, map.Rows, map.BiasGradient + rows[0].Start);
            return;
        }

        var sums = new float[map.Rows];
        fixed (float* sum = sums) ColumnSums.Add(work, dy, n, map.Rows, sum);
        var row = 0;
        foreach (var part in rows)
        {
            VectorMath.Add(sums.AsSpan(row, part.Count), new Span<float>(map.BiasGradient + part.Start, part.Count));
            row += part.Count;
        }
    }

    private static void BackwardLora(LayerWork work, LinearParameters map, LoraAdapter lora, Segment[] rows, Segment[] columns, float* x, float* dy, int n, float* dx)
    {
        var low = Low(work, map, lora, columns, x, n);
        var lowGradient = work.Floats(LayerWork.LowRankGradient, (long)n * lora.Rank);
        var row = 0;
        foreach (var part in rows)
        {
            var up = (long)part.Start * lora.Rank;
            Gemm.Multiply(work.Pool, true, false, part.Count, lora.Rank, n, lora.Scale, dy + row, map.Rows, low, lora.Rank, 1, lora.UpGradient + up, lora.Rank);
            Gemm.Multiply(work.Pool, false, false, n, lora.Rank, part.Count, lora.Scale, dy + row, map.Rows, lora.Up + up, lora.Rank, row == 0 ? 0 : 1, lowGradient, lora.Rank);
            row += part.Count;
        }

        var column = 0;
        foreach (var input in columns)
        {
            Gemm.Multiply(work.Pool, true, false, lora.Rank, input.Count, n, 1, lowGradient, lora.Rank, x + column, map.Columns, 1, lora.DownGradient + input.Start, lora.Stride);
            if (dx != null) Gemm.Multiply(work.Pool, false, false, n, input.Count, lora.Rank, 1, lowGradient, lora.Rank, lora.Down + input.Start, lora.Stride, 1, dx + column, map.Columns);
            column += input.Count;
        }
    }

    private readonly struct AddBias(float* y, int stride, float* bias, int rows) : IParallelBody
    {
        public void Execute(int part, int worker) => VectorMath.Add(new ReadOnlySpan<float>(bias, rows), new Span<float>(y + (long)part * stride, rows));
    }
}
