using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Dynamic sparse no training (Zhang et al. 2023, arXiv 2310.08915): in a row, removed weights come back and others go for them, until the expected error of the output is small.</summary>
/// <remarks>
/// ε is the expectation of what the removed weights would have given, Σ w · E[x]. The weight that comes back is the one of largest sign(ε) · w · E[x] / Var(x); for it goes the one of least |w| · ‖x‖
/// among those that stay and have sign(ε) · w · E[x] below 0, with a pattern in the same block. It ends after 50 exchanges, when |ε| is at most 0.1, or when an exchange would not lessen |ε|.
/// The number of weights that stay does not change.
/// </remarks>
/// <param name="before">[rows, columns] as they were.</param>
/// <param name="values">[rows, columns] with the removed ones 0; changed in place.</param>
/// <param name="statistics">Of the input.</param>
/// <param name="target">The pattern, if there is one.</param>
internal readonly struct DsnotRows(float[] before, float[] values, InputStatistics statistics, SparsityTarget target) : IParallelBody
{
    private readonly float[] _norms = statistics.Norms();

    private const int MostExchanges = 50;
    private const double SmallEnough = 0.1;

    public void Execute(int part, int worker)
    {
        var columns = statistics.Columns;
        var dense = before.AsSpan(part * columns, columns);
        var row = values.AsSpan(part * columns, columns);
        Span<double> gives = new double[columns];
        var barred = new bool[columns];
        double error = 0;
        for (var i = 0; i < columns; i++)
        {
            gives[i] = dense[i] * (statistics.Sums[i] / statistics.Tokens);
            // What is 0 by itself can neither come nor go.
            barred[i] = dense[i] == 0;
            if (row[i] == 0) error += gives[i];
        }

        for (var exchange = 0; exchange < MostExchanges && Math.Abs(error) > SmallEnough; exchange++)
        {
            var comes = Comes(row, gives, barred, Math.Sign(error));
            if (comes < 0) return;
            var goes = Goes(row, dense, gives, barred, Math.Sign(error), comes);
            if (goes < 0)
            {
                barred[comes] = true;
                continue;
            }

            var next = error - gives[comes] + gives[goes];
            if (Math.Abs(next) >= Math.Abs(error)) return;
            (row[comes], row[goes], error) = (dense[comes], 0, next);
        }
    }

    private int Comes(ReadOnlySpan<float> row, ReadOnlySpan<double> gives, bool[] barred, int sign)
    {
        var (best, most) = (-1, 0.0);
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] != 0 || barred[i] || sign * gives[i] <= 0) continue;
            var mean = statistics.Sums[i] / statistics.Tokens;
            var gain = sign * gives[i] / Math.Max(statistics.SquareSums[i] / statistics.Tokens - mean * mean, 1e-12);
            if (gain > most) (best, most) = (i, gain);
        }

        return best;
    }

    private int Goes(ReadOnlySpan<float> row, ReadOnlySpan<float> dense, ReadOnlySpan<double> gives, bool[] barred, int sign, int comes)
    {
        var (first, last) = target.IsPattern ? (comes / target.Block * target.Block, (comes / target.Block + 1) * target.Block) : (0, row.Length);
        var (best, least) = (-1, float.PositiveInfinity);
        for (var i = first; i < last; i++)
        {
            if (row[i] == 0 || barred[i] || sign * gives[i] >= 0) continue;
            var score = Math.Abs(dense[i]) * _norms[i];
            if (score < least) (best, least) = (i, score);
        }

        return best;
    }
}
