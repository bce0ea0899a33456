using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_generator_gives_the_published_sequence()
    {
        // Reference output of xoshiro256** from the state 1, 2, 3, 4.
        var random = new SeededRandom([1, 2, 3, 4, 0, 0]);
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360,
            607988272756665600, 16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        foreach (var value in expected) Assert.Equal(value, random.NextUInt64());
    }

    [Fact]
    public void The_seed_is_expanded_as_published()
    {
        // Reference output of SplitMix64 from 1234567.
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 0, 0], new SeededRandom(1234567).Save());
    }

    [Fact]
    public void A_restored_state_goes_on_with_the_same_numbers()
    {
        var random = new SeededRandom(7);
        random.NextGaussian();
        var copy = new SeededRandom(random.Save());
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(random.NextGaussian(), copy.NextGaussian());
            Assert.Equal(random.NextInt(1000), copy.NextInt(1000));
        }
    }

    [Fact]
    public void A_state_of_another_kind_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new SeededRandom([1, 2, 3, 4]));
        Assert.Throws<ArgumentException>(() => new SeededRandom([0, 0, 0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new SeededRandom([1, 2, 3, 4, 2, 0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void NextInt_is_fair(int max)
    {
        // 60,000 draws; each count lies within five standard deviations.
        const int Draws = 60_000;
        var random = new SeededRandom(42);
        var counts = new int[max];
        for (var i = 0; i < Draws; i++) counts[random.NextInt(max)]++;
        var p = 1.0 / max;
        foreach (var count in counts) Assert.InRange(count, Draws * p - 5 * Math.Sqrt(Draws * p * (1 - p)), Draws * p + 5 * Math.Sqrt(Draws * p * (1 - p)));
        Assert.InRange(new SeededRandom(1).NextInt(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));
    }

    [Fact]
    public void NextDouble_fills_the_unit_interval()
    {
        var random = new SeededRandom(1);
        var sum = 0.0;
        for (var i = 0; i < 100_000; i++)
        {
            var value = random.NextDouble();
            Assert.InRange(value, 0, 1 - Math.Pow(2, -53));
            sum += value;
        }

        // Five standard deviations of the mean: 5 / sqrt(12 · 100,000).
        Assert.InRange(sum / 100_000, 0.5 - 0.0046, 0.5 + 0.0046);
    }

    [Fact]
    public void NextGaussian_has_the_moments_of_the_normal_law()
    {
        const int Draws = 200_000;
        var random = new SeededRandom(3);
        double m1 = 0, m2 = 0, m4 = 0;
        for (var i = 0; i < Draws; i++)
        {
            var value = random.NextGaussian();
            m1 += value;
            m2 += value * value;
            m4 += value * value * value * value;
        }

        // Standard deviations of the means: 1, √2 and √96 over √n; five of each.
        var unit = 5 / Math.Sqrt(Draws);
        Assert.InRange(m1 / Draws, -unit, unit);
        Assert.InRange(m2 / Draws, 1 - 1.4143 * unit, 1 + 1.4143 * unit);
        Assert.InRange(m4 / Draws, 3 - 9.8 * unit, 3 + 9.8 * unit);
    }

    [Fact]
    public void Shuffle_makes_every_order_equally_often()
    {
        var random = new SeededRandom(9);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 24_000; i++)
        {
            var items = "abcd".ToCharArray();
            random.Shuffle<char>(items);
            var order = new string(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, counts.Count);
        // 1000 of each expected, standard deviation 31.
        foreach (var count in counts.Values) Assert.InRange(count, 845, 1155);
    }

    [Fact]
    public void The_logarithm_is_right_to_two_units_in_the_last_place()
    {
        var random = new SeededRandom(5);
        for (var i = 0; i < 10_000; i++)
        {
            var x = Math.Pow(10, -20 * random.NextDouble());
            Assert.True(Math.Abs(SeededRandom.Log(x) - Math.Log(x)) <= 4.5e-16 * Math.Max(Math.Abs(Math.Log(x)), 0.35), $"ln {x:R}");
        }
    }
}
