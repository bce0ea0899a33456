using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>What was seen of an input that one or several linear sites read.</summary>
public sealed unsafe partial class InputStatistics : IDisposable
{
    // Rows of the second moments that are computed at once; what lies right of the diagonal block is not.
    private const int Panel = 192;

    private readonly double[] _sums;
    private readonly double[] _absoluteSums;
    private readonly double[] _squareSums;
    private readonly float[] _largest;
    private readonly NativeBuffer<float>? _moments;

    internal InputStatistics(int columns, StatisticsKinds kinds)
    {
        Columns = columns;
        _sums = new double[columns];
        _absoluteSums = new double[columns];
        _squareSums = new double[columns];
        _largest = new float[columns];
        if (kinds.HasFlag(StatisticsKinds.SecondMoments)) _moments = new NativeBuffer<float>((long)columns * columns);
    }

    /// <summary>Channels.</summary>
    public int Columns { get; }

    /// <summary>Tokens seen.</summary>
    public long Tokens { get; private set; }

    /// <summary>Σ x, [columns].</summary>
    public ReadOnlySpan<double> Sums => _sums;

    /// <summary>Σ |x|, [columns].</summary>
    public ReadOnlySpan<double> AbsoluteSums => _absoluteSums;

    /// <summary>Σ x², [columns]: the squared norms of the channels.</summary>
    public ReadOnlySpan<double> SquareSums => _squareSums;

    /// <summary>√(Σ x²), [columns]: the norms of the channels, as Wanda's metric wants them.</summary>
    internal float[] Norms()
    {
        var norms = new float[Columns];
        for (var i = 0; i < norms.Length; i++) norms[i] = (float)Math.Sqrt(_squareSums[i]);
        return norms;
    }

    /// <summary>max |x|, [columns].</summary>
    public ReadOnlySpan<float> AbsoluteMaxima => _largest;

    /// <summary>Whether Σ x·xᵀ was gathered.</summary>
    public bool HasMoments => _moments is not null;

    /// <summary>Σ x·xᵀ, [columns, columns], symmetric once <see cref="Complete"/> was called.</summary>
    internal float* Moments => _moments is null ? throw new InvalidOperationException("second moments were not gathered") : _moments.Pointer;

    /// <summary>Adds tokens.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="values">[tokens, columns].</param>
    /// <param name="tokens">Number of tokens.</param>
    internal void Add(ComputePool pool, float* values, int tokens)
    {
        pool.For((Columns + Chunk - 1) / Chunk, new AddChannels(this, values, tokens));
        Tokens += tokens;
        if (_moments is null) return;
        for (var start = 0; start < Columns; start += Panel)
        {
            var rows = Math.Min(Panel, Columns - start);
            Gemm.Multiply(pool, transposeA: true, transposeB: false, rows, start + rows, tokens, 1, values + start, Columns, values, Columns, 1, _moments.Pointer + (long)start * Columns, Columns);
        }
    }

    /// <summary>Fills in what is symmetric.</summary>
    internal void Complete()
    {
        if (_moments is null) return;
        for (var i = 0; i < Columns; i++)
        {
            for (var j = i + 1; j < Columns; j++) _moments.Pointer[(long)i * Columns + j] = _moments.Pointer[(long)j * Columns + i];
        }
    }

    /// <summary>The first channel with a value that is not finite, or −1.</summary>
    internal int FindNotFinite() => Array.FindIndex(_squareSums, value => !double.IsFinite(value));

    /// <inheritdoc/>
    public void Dispose() => _moments?.Dispose();

    private const int Chunk = 64;

    // A part owns some channels and walks the tokens in order.
    private readonly struct AddChannels(InputStatistics owner, float* values, int tokens) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * Chunk;
            var last = Math.Min(owner.Columns, first + Chunk);
            for (var t = 0; t < tokens; t++)
            {
                var row = values + (long)t * owner.Columns;
                for (var i = first; i < last; i++)
                {
                    double x = row[i];
                    owner._sums[i] += x;
                    owner._absoluteSums[i] += Math.Abs(x);
                    owner._squareSums[i] += x * x;
                    owner._largest[i] = Math.Max(owner._largest[i], Math.Abs(row[i]));
                }
            }
        }
    }
}
