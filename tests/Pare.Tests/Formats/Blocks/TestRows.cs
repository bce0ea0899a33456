namespace Pare.Tests.Formats.Blocks;

/// <summary>Numbers to write and read back.</summary>
internal static class TestRows
{
    /// <summary>Weights as models have them, uniform ones, and ones of one sign.</summary>
    public static IEnumerable<(string Name, float[] Values)> Ordinary(int count)
    {
        var random = new Random(20261122);
        yield return ("normal", Fill(count, () => 0.03f * Normal(random)));
        yield return ("uniform", Fill(count, () => random.NextSingle() * 2 - 1));
        yield return ("negative", Fill(count, () => -0.5f * Math.Abs(Normal(random))));
        yield return ("positive", Fill(count, () => 2 + random.NextSingle()));
    }

    private static float[] Fill(int count, Func<float> next)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = next();
        return values;
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
