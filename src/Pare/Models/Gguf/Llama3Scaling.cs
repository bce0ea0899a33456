using System.Text.Json.Nodes;

namespace Pare.Models.Gguf;

/// <summary>Finds the Llama 3 scaling behind a list of frequency divisors, which is all that a GGUF file keeps of it.</summary>
/// <remarks>
/// Only the common choice low_freq_factor 1, high_freq_factor 4 is looked for, and accepted only if it gives every divisor again;
/// other divisors are kept as they are.
/// </remarks>
internal static class Llama3Scaling
{
    private const double Low = 1;
    private const double High = 4;

    public static bool TryRecover(double theta, int dimensions, double[] divisors, JsonObject json)
    {
        var factor = Math.Round(divisors.Max(), 4);
        if (factor <= 1) return false;
        var original = Original(theta, dimensions, divisors, factor);
        if (original < 1) return false;
        var rope = new RopeConfig
        {
            Theta = theta,
            Dimensions = dimensions,
            Scaling = RopeScaling.Llama3,
            Factor = factor,
            LowFreqFactor = Low,
            HighFreqFactor = High,
            OriginalMaxPositionEmbeddings = original,
        };
        var frequencies = RopeFrequencies.Compute(rope, original, out _);
        for (var i = 0; i < divisors.Length; i++)
        {
            var divisor = Math.Pow(theta, -2.0 * i / dimensions) / frequencies[i];
            // The file keeps binary32: half a unit of the last place is 6e-8 of the value.
            if (Math.Abs(divisor - divisors[i]) > 1e-5 * divisor) return false;
        }

        json["rope_type"] = "llama3";
        json["factor"] = factor;
        json["low_freq_factor"] = Low;
        json["high_freq_factor"] = High;
        json["original_max_position_embeddings"] = original;
        return true;
    }

    // In the band between, 1/divisor = (1 − kept)/factor + kept with kept = (original/wavelength − low)/(high − low).
    private static int Original(double theta, int dimensions, double[] divisors, double factor)
    {
        for (var i = 0; i < divisors.Length; i++)
        {
            var kept = (1 / divisors[i] - 1 / factor) / (1 - 1 / factor);
            if (kept is < 0.01 or > 0.99) continue;
            var wavelength = 2 * Math.PI * Math.Pow(theta, 2.0 * i / dimensions);
            return (int)Math.Round(Math.Min(wavelength * (Low + kept * (High - Low)), int.MaxValue / 2));
        }

        return 0;
    }
}
