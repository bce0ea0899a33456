using Pare.Search;

namespace Pare.Tests.Search;

public sealed class HypervolumeTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Equals_inclusion_and_exclusion_of_the_boxes(int objectives)
    {
        var random = new Random(objectives);
        for (var trial = 0; trial < 40; trial++)
        {
            // A coarse grid makes ties and equal points common; some points lie outside.
            var points = Enumerable.Range(0, 1 + trial % 9).Select(_ => Enumerable.Range(0, objectives).Select(_ => random.Next(12) / 10.0).ToArray()).ToList();
            double[] reference = [.. Enumerable.Repeat(1.0, objectives)];
            Assert.Equal(Boxes(points, reference), Hypervolume.Of(points, reference), 12);
        }
    }

    [Fact]
    public void Of_a_staircase_is_its_area()
    {
        Assert.Equal(3.0 / 8, Hypervolume.Of([[0.25, 0.75], [0.5, 0.5], [0.75, 0.25]], [1, 1]), 15);
        Assert.Equal(0, Hypervolume.Of([[1, 0]], [1, 1]));
        Assert.Equal(0, Hypervolume.Of([], [1, 1, 1]));
        Assert.Equal(0.5 * 0.25 * 2, Hypervolume.Of([[0.5, 0.75, -1]], [1, 1, 1]), 15);
    }

    [Fact]
    public void Of_many_points_of_a_sphere_is_that_of_the_sphere()
    {
        var directions = ReferenceDirections.DasDennis(3, 45);
        var sphere = directions.Select(d => { var length = Math.Sqrt(d.Sum(v => v * v)); return d.Select(v => v / length).ToArray(); }).ToList();
        // The cube less an eighth of the ball; the error of 1081 points is of the order of their distance, from below.
        Assert.InRange(1 - Math.PI / 6 - Hypervolume.Of(sphere, [1, 1, 1]), 0, 0.03);
    }

    // Σ over subsets of (−1)^(k+1) times the volume of what all of them dominate.
    private static double Boxes(List<double[]> points, double[] reference)
    {
        double total = 0;
        for (var subset = 1; subset < 1 << points.Count; subset++)
        {
            var volume = 1.0;
            for (var m = 0; m < reference.Length; m++)
            {
                var corner = points.Where((_, i) => (subset >> i & 1) == 1).Max(point => point[m]);
                volume *= Math.Max(0, reference[m] - corner);
            }

            total += int.PopCount(subset) % 2 == 1 ? volume : -volume;
        }

        return total;
    }
}
