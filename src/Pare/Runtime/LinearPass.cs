using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Linear maps of the same input as one piece of parallel work, so that the threads meet once for all of them.</summary>
internal static unsafe class LinearPass
{
    // Bytes of weights in a part: enough to be worth handing out, small enough to share evenly.
    private const int MostBytes = 1 << 16;
    private const int LeastBytes = 1 << 13;
    private const int PartsPerThread = 8;

    /// <summary>One map.</summary>
    public static void Run(ComputePool pool, in LinearInput input, Linear map, float* y) => Run(pool, input, map, y, null, null, null, null);

    /// <summary>Up to three maps; each of them <see cref="Linear.RunsInParts"/>.</summary>
    public static void Run(ComputePool pool, in LinearInput input, Linear first, float* y1, Linear? second, float* y2, Linear? third, float* y3)
    {
        first.Prepare(input);
        second?.Prepare(input);
        third?.Prepare(input);
        var bytes = first.WeightBytes + (second?.WeightBytes ?? 0) + (third?.WeightBytes ?? 0);
        var target = PartBytes(pool, bytes);
        var body = new Body(input, new Segment(first, y1, target, 0), default, default);
        if (second is not null) body.Second = new Segment(second, y2, target, body.First.End);
        if (third is not null) body.Third = new Segment(third, y3, target, body.Second.End);
        var parts = Math.Max(body.First.End, Math.Max(body.Second.End, body.Third.End));
        WorkerShares.For(pool, parts, body);
    }

    /// <summary>Bytes of weights to a part of a pass that reads <paramref name="bytes"/>.</summary>
    public static long PartBytes(ComputePool pool, long bytes) => Math.Clamp(bytes / (pool.Threads * PartsPerThread), LeastBytes, MostBytes);

    /// <summary>Rows to a part, a multiple of <paramref name="step"/>.</summary>
    public static int PartRows(long partBytes, long bytes, int rows, int step) => (int)Math.Clamp(partBytes * rows / Math.Max(bytes, 1) / step * step, step, (rows + step - 1) / step * step);

    private struct Body(LinearInput input, Segment first, Segment second, Segment third) : IParallelBody
    {
        public Segment First = first;
        public Segment Second = second;
        public Segment Third = third;

        public readonly void Execute(int part, int worker)
        {
            if (part < First.End) First.Run(part, input);
            else if (part < Second.End) Second.Run(part, input);
            else Third.Run(part, input);
        }
    }

    private readonly struct Segment
    {
        private readonly Linear _map;
        private readonly float* _y;
        private readonly int _begin;
        private readonly int _rowsPerPart;

        public Segment(Linear map, float* y, long partBytes, int begin)
        {
            _map = map;
            _y = y;
            _begin = begin;
            _rowsPerPart = PartRows(partBytes, map.WeightBytes, map.Rows, map.RowStep);
            End = begin + (map.Rows + _rowsPerPart - 1) / _rowsPerPart;
        }

        public int End { get; }

        public void Run(int part, in LinearInput input)
        {
            var first = (part - _begin) * _rowsPerPart;
            _map.MultiplyRows(first, Math.Min(_map.Rows, first + _rowsPerPart), input, _y);
        }
    }
}
