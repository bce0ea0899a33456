using System.Diagnostics;
using Pare.Numerics;

namespace Pare.Cli;

/// <summary>A quick look at what this machine can do, for estimates of time.</summary>
internal sealed unsafe class MachineSpeed : IDisposable
{
    private const int Size = 512;
    private const double ReadShare = 0.5, MultiplyShare = 0.5;
    private readonly ComputePool _pool;

    private MachineSpeed(ComputePool pool) => _pool = pool;

    /// <summary>Float32 operations per second of a matrix product.</summary>
    public double OperationsPerSecond { get; private set; }

    /// <summary>Bytes that are read per second from memory.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>Measures for about a tenth of a second.</summary>
    public static MachineSpeed Measure(int threads)
    {
        var speed = new MachineSpeed(new ComputePool(threads));
        using var a = new NativeBuffer<float>(Size * Size, zeroed: true);
        using var b = new NativeBuffer<float>(Size * Size, zeroed: true);
        using var c = new NativeBuffer<float>(Size * Size, zeroed: true);
        speed.OperationsPerSecond = 2.0 * Size * Size * Size / Fastest(() =>
            Gemm.Multiply(speed._pool, false, true, Size, Size, Size, 1, a.Pointer, Size, b.Pointer, Size, 0, c.Pointer, Size));
        speed.BytesPerSecond = 1e9 * Evaluation.Speed.ReadBandwidth.Measure(speed._pool);
        return speed;
    }

    /// <summary>Time to run tokens in long pieces: two operations per weight and token, at half of the measured rate.</summary>
    public double PrefillSeconds(ModelOutline model, double tokens) => OperationSeconds(2 * tokens * model.Parameters);

    /// <summary>Time of floating-point operations in matrix products, at half of the measured rate.</summary>
    public double OperationSeconds(double operations) => operations / (MultiplyShare * OperationsPerSecond);

    /// <summary>Time to generate tokens one by one: all weights are read for each, at half of the measured rate.</summary>
    public double DecodeSeconds(ModelOutline model, double tokens) => tokens * model.WeightBytes / (ReadShare * BytesPerSecond);

    public void Dispose() => _pool.Dispose();

    private static double Fastest(Action work)
    {
        var fastest = double.PositiveInfinity;
        for (var i = 0; i < 5; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }
}
