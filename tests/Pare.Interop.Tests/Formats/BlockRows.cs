namespace Pare.Interop.Tests.Formats;

/// <summary>Rows on which quantizers differ if they differ anywhere: ordinary weights, and the extremes of every branch.</summary>
internal static class BlockRows
{
    private static readonly Func<Random, int, float>[] Kinds =
    [
        (random, _) => 0.02f * Normal(random),
        (random, _) => Normal(random),
        (random, _) => random.NextSingle() - 0.5f,
        (random, i) => i % 61 == 7 ? 40 * Normal(random) : 0.01f * Normal(random),
        (random, _) => -MathF.Abs(Normal(random)),
        (random, _) => MathF.Abs(Normal(random)) + 3,
        (random, _) => random.Next(5) == 0 ? Normal(random) : 0,
        (random, i) => i / 32 % 3 == 1 ? 0 : Normal(random),
        (random, i) => i / 16 % 2 == 1 ? -1.75f : 1.25f * Normal(random),
        (random, _) => random.Next(-8, 8) * 0.125f,
        (random, _) => random.Next(-2, 3),
        (random, _) => 1e-6f * Normal(random),
        (random, _) => 1e-14f * Normal(random),
        (random, _) => 1e-20f * Normal(random),
        (random, i) => i % 32 == 5 ? 1 : 1e-7f * Normal(random),
        (random, _) => 900 * Normal(random),
        (random, _) => Math.Clamp(Normal(random) * MathF.Exp(3 * Normal(random)), -60000, 60000),
        (random, i) => MathF.Sin(i * 0.1f) * 0.3f + 1e-3f * Normal(random),
        (random, i) => (i % 2 == 0 ? 1 : -1) * 0.7f,
        (random, i) => random.Next(3) switch { 0 => -0f, 1 => 0, _ => (i / 32 % 2 == 0 ? 1 : -1) * random.NextSingle() },
        (random, _) => (random.Next(2) == 0 ? 1 : -1) * (random.Next(4) == 0 ? 0.3f : 0.2f * random.NextSingle()),
        (random, _) => (float)(Half)(0.05f * Normal(random)),
    ];

    private static readonly float[] Constants = [0, -0f, 1, -1, 0.1f, -0.1f, 1e-3f, 60000, -60000, 1e-8f, -1e-12f, 3e-16f];

    /// <summary>Rows of every kind in turn, and rows of one number.</summary>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Numbers in each.</param>
    public static float[] Make(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        var values = new float[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            var line = values.AsSpan(row * columns, columns);
            if (row < Constants.Length)
            {
                line.Fill(Constants[row]);
                continue;
            }

            var kind = Kinds[row % Kinds.Length];
            for (var i = 0; i < columns; i++) line[i] = kind(random, i);
        }

        return values;
    }

    /// <summary>Numbers near and below the smallest normal float32, and zeros of both signs.</summary>
    public static float[] Denormal(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            var exponent = random.Next(-149, -110) + i / columns % 8;
            values[i] = random.Next(9) == 0 ? -0f : MathF.ScaleB(random.NextSingle() - 0.5f, exponent);
        }

        return values;
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
