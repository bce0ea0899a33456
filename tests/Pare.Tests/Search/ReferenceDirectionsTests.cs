using Pare.Search;

namespace Pare.Tests.Search;

public sealed class ReferenceDirectionsTests
{
    [Theory]
    [InlineData(2, 7, 8)]
    [InlineData(3, 12, 91)]
    [InlineData(5, 4, 70)]
    public void DasDennis_has_all_multiples_once(int objectives, int partitions, int count)
    {
        var points = ReferenceDirections.DasDennis(objectives, partitions);
        Assert.Equal(count, points.Select(point => string.Join(' ', point)).Distinct().Count());
        Assert.Equal(count, points.Count);
        foreach (var point in points)
        {
            Assert.Equal(1, point.Sum(), 12);
            Assert.All(point, value => Assert.Equal(Math.Round(value * partitions), value * partitions, 12));
        }
    }

    [Fact]
    public void Points_that_repel_each_other_on_an_edge_are_evenly_spaced()
    {
        // On a line with fixed ends the energy Σ 1/d⁴ has its least value near even spacing.
        var points = ReferenceDirections.RieszEnergy(2, 5).OrderBy(point => point[0]).ToList();
        for (var i = 0; i < 5; i++) Assert.Equal(i / 4.0, points[i][0], 0.02);
    }

    [Fact]
    public void Riesz_points_find_the_triangle_of_six()
    {
        // Six points: the corners and, by symmetry and the definition of the energy, the middles of the edges.
        var points = ReferenceDirections.RieszEnergy(3, 6, seed: 4);
        foreach (var middle in (double[][])[[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
            Assert.InRange(points.Min(point => point.Zip(middle).Sum(pair => Math.Abs(pair.First - pair.Second))), 0, 0.02);
    }

    [Theory]
    [InlineData(3, 40)]
    [InlineData(4, 37)]
    public void Riesz_points_lie_on_the_simplex_and_apart(int objectives, int count)
    {
        var points = ReferenceDirections.RieszEnergy(objectives, count);
        Assert.Equal(count, points.Count);
        Assert.All(points, point => Assert.Equal(1, point.Sum(), 9));
        Assert.All(points, point => Assert.All(point, value => Assert.InRange(value, 0, 1)));
        // Half the spacing that a regular grid of as many points would have.
        var partitions = Enumerable.Range(1, 40).First(p => ReferenceDirections.DasDennis(objectives, p).Count >= count);
        var nearest = points.Min(a => points.Where(b => b != a).Min(b => Math.Sqrt(a.Zip(b).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)))));
        Assert.InRange(nearest, 0.5 * Math.Sqrt(2) / partitions, 2);
    }

    [Fact]
    public void The_gradient_of_the_energy_is_that_of_differences()
    {
        double[][] points = [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.9, 0.05, 0.05]];
        var gradient = points.Select(_ => new double[3]).ToArray();
        ReferenceDirections.Energy(points, gradient);
        for (var i = 0; i < points.Length; i++)
        {
            // Along the simplex: coordinate k up, all down by a third.
            for (var k = 0; k < 3; k++)
            {
                double At(double h)
                {
                    var moved = points.Select(point => point.ToArray()).ToArray();
                    for (var m = 0; m < 3; m++) moved[i][m] += h * ((m == k ? 1 : 0) - 1.0 / 3);
                    return ReferenceDirections.Energy(moved, null);
                }

                Assert.Equal((At(1e-6) - At(-1e-6)) / 2e-6, gradient[i][k], 1e-4);
            }
        }
    }
}
