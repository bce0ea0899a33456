using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Tests.Calibration;

/// <summary>Which of a site's numbers are kept.</summary>
public sealed class ActivationSamplerTests
{
    /// <summary>As the recorded thresholds were taken: of every window the numbers 0, 7, 14, …</summary>
    [Fact]
    public unsafe void Of_more_than_a_million_every_seventh_is_kept_from_the_first_of_each_window()
    {
        const int Windows = 2, Tokens = 600, Channels = 1000;
        var sampler = new ActivationSampler([(ActivationSite.Up, Channels, 1, null)], Windows * Tokens);
        var random = new SeededRandom(4);
        var expected = new List<float>();
        for (var window = 0; window < Windows; window++)
        {
            var values = new float[Tokens * Channels];
            foreach (ref var value in values.AsSpan()) value = (float)random.NextGaussian();
            for (var i = 0; i < values.Length; i += 7) expected.Add(Math.Abs(values[i]));
            fixed (float* data = values) sampler.Apply(0, ActivationSite.Up, data, Tokens, Channels);
        }

        Assert.Equal(expected, sampler.Sizes(0, ActivationSite.Up));
    }
}
