using Pare.Compression;

namespace Pare.Tests.Compression;

public sealed class WeightRemovalTests
{
    [Fact]
    public void The_smallest_of_a_matrix_go_with_all_that_tie_at_the_threshold()
    {
        float[] values = [5, 1, 2, 2, 2, 9, 3, 4];
        WeightRemoval.Smallest(values, values.ToArray(), 0.25);
        // Position ⌊8 · 0.25⌋ of the sorted scores holds a 2.
        Assert.Equal([5, 0, 0, 0, 0, 9, 3, 4], values);
    }

    [Fact]
    public void Of_a_row_exactly_the_rounded_down_number_goes_the_first_of_equals_before_the_others()
    {
        float[] values = [5, 1, 2, 2, 2, 9, 3];
        WeightRemoval.SmallestOfRow(values, values.ToArray(), 0.5);
        Assert.Equal([5, 0, 0, 0, 2, 9, 3], values);
        float[] kept = [1, 2];
        WeightRemoval.SmallestOfRow(kept, kept.ToArray(), 0.4);
        Assert.Equal([1, 2], kept);
    }

    [Theory]
    [InlineData(1, 0b1101u)]
    [InlineData(2, 0b1001u)]
    [InlineData(3, 0b0001u)]
    [InlineData(4, 0b0000u)]
    public void Of_a_block_all_but_the_largest_go(int kept, uint removed) => Assert.Equal(removed, WeightRemoval.Removed([1, 9, 4, 2], kept));

    [Fact]
    public void Of_equal_scores_in_a_block_the_first_go() => Assert.Equal(0b0011u, WeightRemoval.Removed([3, 3, 3, 3], 2));

    [Theory]
    [InlineData(0, 4)]
    [InlineData(5, 4)]
    [InlineData(1, 1)]
    [InlineData(8, 17)]
    public void Impossible_patterns_are_refused(int kept, int block) => Assert.Throws<ArgumentOutOfRangeException>(() => SparsityTarget.Pattern(kept, block));
}
