using Pare.Training;

namespace Pare.Tests.Training;

public class SampleOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(37)]
    [InlineData(1000)]
    public void Every_epoch_takes_every_window_once(int count)
    {
        var order = new SampleOrder(count, 7);
        for (var epoch = 0L; epoch < 5; epoch++)
        {
            var windows = Enumerable.Range(0, count).Select(place => order.WindowOf(epoch * count + place));
            Assert.Equal(Enumerable.Range(0, count), windows.Order());
        }
    }

    [Fact]
    public void Epochs_and_seeds_have_orders_of_their_own_and_no_epoch_is_another_seeds()
    {
        var orders = new List<string>();
        for (var seed = 0UL; seed < 20; seed++)
        {
            var order = new SampleOrder(50, seed);
            for (var epoch = 0; epoch < 20; epoch++) orders.Add(string.Join(' ', Enumerable.Range(epoch * 50, 50).Select(sample => order.WindowOf(sample))));
        }

        Assert.Equal(400, orders.Distinct().Count());
        Assert.DoesNotContain(string.Join(' ', Enumerable.Range(0, 50)), orders);
    }

    [Fact]
    public void A_sample_is_the_same_whatever_was_asked_before()
    {
        var forward = new SampleOrder(31, 5);
        var windows = Enumerable.Range(0, 200).Select(sample => forward.WindowOf(sample)).ToArray();
        for (var sample = 199; sample >= 0; sample -= 7) Assert.Equal(windows[sample], new SampleOrder(31, 5).WindowOf(sample));
        Assert.Equal(windows.Reverse(), Enumerable.Range(0, 200).Select(sample => forward.WindowOf(199 - sample)));
        // Far beyond what an int counts.
        Assert.Equal(forward.WindowOf(31L << 40), new SampleOrder(31, 5).WindowOf(31L << 40));
    }

    [Fact]
    public void All_windows_are_equally_likely_to_come_first()
    {
        const int Epochs = 4000, Count = 8;
        var order = new SampleOrder(Count, 11);
        var first = new int[Count];
        for (var epoch = 0L; epoch < Epochs; epoch++) first[order.WindowOf(epoch * Count)]++;
        // Chi-square with 7 degrees of freedom: 24.3 is passed by chance once in a thousand.
        var expected = (double)Epochs / Count;
        Assert.InRange(first.Sum(times => (times - expected) * (times - expected) / expected), 0, 24.3);
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(5, 1).WindowOf(-1));
    }
}
