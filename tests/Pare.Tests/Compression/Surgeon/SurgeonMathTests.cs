using Pare.Compression;
using Pare.Numerics;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>Costs and updates against the same formulas over the whole Fisher matrix of the site, F = (G + λI) ⊗ (A + λI).</summary>
public sealed class SurgeonMathTests : IDisposable
{
    private readonly ComputePool _pool = new(2);

    // Both sides are double precision; the matrices' condition is below 1e4.
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Costs_of_weights_rows_and_columns_are_the_closed_forms(bool bias)
    {
        var problem = RandomProblem.Create(5, 7, bias, 3);
        var fisher = new DenseFisher(problem);
        var width = problem.Columns.Length;
        var (surgeon, damage) = (SurgeonMath.Costs(_pool, problem, update: true, dampCosts: true), SurgeonMath.Costs(_pool, problem, update: false, dampCosts: true));
        for (var row = 0; row < 5; row++)
        {
            int[] set = [.. Enumerable.Range(row * width, width)];
            AssertClose(fisher.SurgeonCost(problem.Weights, set), surgeon.RowCosts[row]);
            AssertClose(fisher.DamageCost(problem.Weights, set), damage.RowCosts[row]);
            for (var column = 0; column < 7; column++)
            {
                var square = Math.Pow(problem.Weights[row * width + column], 2) / 2;
                // The factors are kept in single precision.
                Assert.Equal(1, square * surgeon.RowFactors[row] * surgeon.ColumnFactors[column] / fisher.SurgeonCost(problem.Weights, [row * width + column]), 3e-7);
                Assert.Equal(1, square * damage.RowFactors[row] * damage.ColumnFactors[column] / fisher.DamageCost(problem.Weights, [row * width + column]), 3e-7);
            }
        }

        for (var column = 0; column < 7; column++)
        {
            int[] set = [.. Enumerable.Range(0, 5).Select(row => row * width + column)];
            AssertClose(fisher.SurgeonCost(problem.Weights, set), surgeon.ColumnCosts[column]);
            AssertClose(fisher.DamageCost(problem.Weights, set), damage.ColumnCosts[column]);
        }
    }

    [Fact]
    public void Costs_of_groups_of_columns_are_the_closed_forms()
    {
        var problem = RandomProblem.Create(4, 6, bias: true, 8);
        var fisher = new DenseFisher(problem);
        var (surgeon, damage) = (SurgeonMath.GroupCosts(_pool, problem, 2, update: true), SurgeonMath.GroupCosts(_pool, problem, 2, update: false));
        for (var unit = 0; unit < 3; unit++)
        {
            int[] set = [.. Enumerable.Range(0, 28).Where(i => i % 7 / 2 == unit && i % 7 < 6)];
            AssertClose(fisher.SurgeonCost(problem.Weights, set), surgeon[unit]);
            AssertClose(fisher.DamageCost(problem.Weights, set), damage[unit]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_and_columns_are_removed_with_the_closed_forms_moves(bool bias)
    {
        var problem = RandomProblem.Create(6, 5, bias, 4);
        var (fisher, width, given) = (new DenseFisher(problem), problem.Columns.Length, (double[])problem.Weights.Clone());
        bool[] rows = [false, true, false, false, true, true];
        bool[] columns = [true, false, false, true, false, .. bias ? [false] : Array.Empty<bool>()];
        var byRows = fisher.Move(given, [.. Enumerable.Range(0, given.Length).Where(i => rows[i / width])]);
        var byColumns = fisher.Move(given, [.. Enumerable.Range(0, given.Length).Where(i => columns[i % width])]);

        Check([.. rows], new bool[width], i => given[i] + byRows[i]);
        Check(new bool[6], columns, i => given[i] + byColumns[i]);
        // Together the two moves are added.
        Check(rows, columns, i => given[i] + byRows[i] + byColumns[i]);

        void Check(bool[] removeRow, bool[] removeColumn, Func<int, double> expected)
        {
            given.CopyTo(problem.Weights, 0);
            StructureUpdate.Apply(_pool, problem, removeRow, removeColumn, update: true, scale: 1);
            for (var i = 0; i < given.Length; i++)
            {
                if (removeRow[i / width] || removeColumn[i % width]) Assert.Equal(0, problem.Weights[i]);
                else AssertClose(expected(i), problem.Weights[i]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(1)]
    public void Weights_are_removed_in_groups_with_the_closed_forms_moves(int maxCorrelate)
    {
        var problem = RandomProblem.Create(5, 6, bias: true, 5);
        var (fisher, width, given) = (new DenseFisher(problem), 7, (double[])problem.Weights.Clone());
        bool[] remove = [.. Enumerable.Range(0, given.Length).Select(i => i % width < 6 && i * 7 % 11 < 5)];
        int[] removed = [.. Enumerable.Range(0, given.Length).Where(i => remove[i])];
        var groups = maxCorrelate switch
        {
            0 => [removed],
            < 0 => removed.GroupBy(i => i / width).Select(group => group.ToArray()),
            _ => removed.Chunk(maxCorrelate),
        };
        var expected = (double[])given.Clone();
        foreach (var group in groups)
        {
            var move = fisher.Move(expected, group);
            for (var i = 0; i < expected.Length; i++) expected[i] += move[i];
        }

        ElementUpdate.Apply(_pool, problem, remove, update: true, maxCorrelate, scale: 1);
        for (var i = 0; i < given.Length; i++)
        {
            if (remove[i]) Assert.Equal(0, problem.Weights[i]);
            else AssertClose(expected[i], problem.Weights[i]);
        }
    }

    [Fact]
    public void Removal_without_update_leaves_the_other_weights()
    {
        var problem = RandomProblem.Create(4, 4, bias: false, 6);
        var given = (double[])problem.Weights.Clone();
        StructureUpdate.Apply(_pool, problem, [true, false, false, false], new bool[4], update: false, scale: 1);
        ElementUpdate.Apply(_pool, problem, [.. Enumerable.Range(0, 16).Select(i => i == 6)], update: false, 0, scale: 1);
        Assert.Equal(given.Select((value, i) => i < 4 || i == 6 ? 0 : value), problem.Weights);
    }

    public void Dispose() => _pool.Dispose();

    private static void AssertClose(double expected, double found) => Assert.Equal(expected, found, Tolerance * (1 + Math.Abs(expected)));
}
