namespace Pare.Compression;

/// <summary>How much each block loses.</summary>
internal static class MoDeGptAllocation
{
    /// <summary>
    /// The shares φ of mean <paramref name="share"/> that are largest in −Σ influenceᵢ·φᵢ + ε · (entropy of φ): proportional to e^(−influence/ε),
    /// where none is above <paramref name="most"/>.
    /// </summary>
    /// <param name="influences">Influence of each block.</param>
    /// <param name="share">Mean share.</param>
    /// <param name="temperature">ε; 0 gives every block the same.</param>
    /// <param name="most">Largest share of a block.</param>
    /// <returns>The share that each block loses.</returns>
    public static double[] Shares(IReadOnlyList<double> influences, double share, double temperature, double most)
    {
        var shares = new double[influences.Count];
        if (temperature == 0)
        {
            Array.Fill(shares, share);
            return shares;
        }

        var least = influences.Min();
        double[] weights = [.. influences.Select(influence => Math.Exp((least - influence) / temperature))];
        var full = new bool[shares.Length];
        while (true)
        {
            // What is left for the blocks below the limit, in proportion to their weights.
            var left = share * shares.Length - most * full.Count(value => value);
            var sum = Enumerable.Range(0, shares.Length).Where(i => !full[i]).Sum(i => weights[i]);
            var over = false;
            for (var i = 0; i < shares.Length; i++)
            {
                if (full[i]) continue;
                shares[i] = sum > 0 ? left * weights[i] / sum : left / full.Count(value => !value);
                over |= shares[i] > most;
            }

            if (!over) return shares;
            for (var i = 0; i < shares.Length; i++)
            {
                if (full[i] || shares[i] <= most) continue;
                (full[i], shares[i]) = (true, most);
            }
        }
    }
}
