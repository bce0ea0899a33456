using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Zero for the weights of least w² / U[j, j]²: chosen for a run of 128 columns and all rows at its start, or for a block of M columns and one row when its first column is reached.</summary>
internal readonly unsafe struct SparseGptRule(SparsityTarget target, SparseGptRule.Memory memory) : IColumnRule
{
    /// <summary>Removes weights of a site and makes up for them.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="site">The site.</param>
    /// <param name="weights">[rows, columns], changed in place.</param>
    /// <param name="factor">Of its input.</param>
    /// <param name="target">What goes; the block of a pattern divides the rows.</param>
    public static void Sweep(ComputePool pool, LinearSite site, float* weights, InverseFactor factor, SparsityTarget target)
    {
        using var memory = new Memory(site.Rows, factor, site.Columns);
        // A block never lies in two runs.
        var run = ErrorSweep.MostColumns - (target.IsPattern ? ErrorSweep.MostColumns % target.Block : 0);
        ErrorSweep.Apply(pool, weights, site.Rows, site.Columns, factor.Values, new SparseGptRule(target, memory), run);
    }

    public void BeginRun(float* weights, int start, int count)
    {
        if (target.IsPattern) return;
        var scores = new float[checked(memory.Rows * count)];
        for (var row = 0; row < memory.Rows; row++)
        {
            var w = weights + (long)row * memory.Columns + start;
            for (var i = 0; i < count; i++) scores[row * count + i] = Score(w[i], start + i);
        }

        var threshold = WeightRemoval.Threshold(scores, target.Rate);
        for (var row = 0; row < memory.Rows; row++)
        {
            for (var i = 0; i < count; i++) memory.Removed[(long)row * ErrorSweep.MostColumns + i] = scores[row * count + i] <= threshold;
        }
    }

    public float Choose(int row, float* current, float* before, int column, int offset)
    {
        var removed = memory.Removed + (long)row * ErrorSweep.MostColumns;
        if (target.IsPattern && column % target.Block == 0) ChooseBlock(removed + offset, current + offset, column);
        return removed[offset] ? 0 : current[offset];
    }

    private void ChooseBlock(bool* removed, float* weights, int column)
    {
        Span<float> scores = stackalloc float[target.Block];
        for (var i = 0; i < scores.Length; i++) scores[i] = Score(weights[i], column + i);
        var mask = WeightRemoval.Removed(scores, target.Kept);
        for (var i = 0; i < scores.Length; i++) removed[i] = (mask >> i & 1) != 0;
    }

    private float Score(float weight, int column)
    {
        var ratio = weight / memory.Diagonal[column];
        return ratio * ratio;
    }

    /// <summary>What the rule remembers between columns.</summary>
    internal sealed class Memory : IDisposable
    {
        private readonly NativeBuffer<bool> _removed;
        private readonly NativeBuffer<float> _diagonal;

        public Memory(int rows, InverseFactor factor, int columns)
        {
            (Rows, Columns) = (rows, columns);
            _removed = new NativeBuffer<bool>((long)rows * ErrorSweep.MostColumns);
            _diagonal = new NativeBuffer<float>(columns);
            for (var i = 0; i < columns; i++) _diagonal.Pointer[i] = factor.Values[(long)i * columns + i];
        }

        public int Rows { get; }

        public int Columns { get; }

        public bool* Removed => _removed.Pointer;

        public float* Diagonal => _diagonal.Pointer;

        public void Dispose()
        {
            _removed.Dispose();
            _diagonal.Dispose();
        }
    }
}
