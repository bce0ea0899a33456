namespace Pare.Tests.Formats.Blocks;

/// <summary>The layouts of the block formats, read byte by byte in double precision.</summary>
internal static class BlockDefinitions
{
    private static readonly int[] NonLinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    public static (double, double)[] Q4_0(ReadOnlySpan<byte> b)
    {
        var d = F16(b);
        var nibbles = Nibbles(b[2..]);
        return Array.ConvertAll(nibbles, n => Scaled(d * (n - 8)));
    }

    public static (double, double)[] IQ4_NL(ReadOnlySpan<byte> b)
    {
        var d = F16(b);
        return Array.ConvertAll(Nibbles(b[2..]), n => Scaled(d * NonLinear[n]));
    }

    public static (double, double)[] Q4_1(ReadOnlySpan<byte> b)
    {
        double d = F16(b), m = F16(b[2..]);
        return Array.ConvertAll(Nibbles(b[4..]), n => Sum(d * n, m));
    }

    public static (double, double)[] Q5_0(ReadOnlySpan<byte> b)
    {
        var d = F16(b);
        var levels = Nibbles(b[6..]);
        for (var i = 0; i < 32; i++) levels[i] += 16 * Bit(b[2..], i);
        return Array.ConvertAll(levels, n => Scaled(d * (n - 16)));
    }

    public static (double, double)[] Q5_1(ReadOnlySpan<byte> b)
    {
        double d = F16(b), m = F16(b[2..]);
        var levels = Nibbles(b[8..]);
        for (var i = 0; i < 32; i++) levels[i] += 16 * Bit(b[4..], i);
        return Array.ConvertAll(levels, n => Sum(d * n, m));
    }

    public static (double, double)[] Q8_0(ReadOnlySpan<byte> b)
    {
        var result = new (double, double)[32];
        for (var i = 0; i < 32; i++) result[i] = Scaled(F16(b) * (sbyte)b[2 + i]);
        return result;
    }

    public static (double, double)[] Q2_K(ReadOnlySpan<byte> b)
    {
        double d = F16(b[80..]), m = F16(b[82..]);
        var levels = Pairs(b[16..80]);
        var result = new (double, double)[256];
        for (var i = 0; i < 256; i++) result[i] = Sum(d * (b[i / 16] % 16) * levels[i], -m * (b[i / 16] / 16));
        return result;
    }

    public static (double, double)[] Q3_K(ReadOnlySpan<byte> b)
    {
        var d = F16(b[108..]);
        var levels = Pairs(b[32..96]);
        var s = b[96..108];
        var scales = new int[16];
        for (var g = 0; g < 4; g++)
        {
            scales[g] = s[g] % 16 + 16 * (s[8 + g] % 4);
            scales[g + 4] = s[g + 4] % 16 + 16 * (s[8 + g] / 4 % 4);
            scales[g + 8] = s[g] / 16 + 16 * (s[8 + g] / 16 % 4);
            scales[g + 12] = s[g + 4] / 16 + 16 * (s[8 + g] / 64);
        }

        var result = new (double, double)[256];
        for (var i = 0; i < 256; i++)
        {
            // A clear bit takes four away.
            var level = levels[i] - ((b[i % 32] & 1 << i / 32) == 0 ? 4 : 0);
            result[i] = Scaled(d * (scales[i / 16] - 32) * level);
        }

        return result;
    }

    public static (double, double)[] Q4_K(ReadOnlySpan<byte> b) => SixBit(b, HalvesOf64(b[16..]));

    public static (double, double)[] Q5_K(ReadOnlySpan<byte> b)
    {
        var levels = HalvesOf64(b[48..]);
        for (var i = 0; i < 256; i++) levels[i] += (b[16 + i % 32] & 1 << i / 32) == 0 ? 0 : 16;
        return SixBit(b, levels);
    }

    public static (double, double)[] Q6_K(ReadOnlySpan<byte> b)
    {
        var d = F16(b[208..]);
        var result = new (double, double)[256];
        for (var half = 0; half < 2; half++)
        {
            var low = b.Slice(64 * half, 64);
            var upper = b.Slice(128 + 32 * half, 32);
            for (var l = 0; l < 32; l++)
            {
                int[] levels =
                [
                    low[l] % 16 + 16 * (upper[l] % 4), low[l + 32] % 16 + 16 * (upper[l] / 4 % 4),
                    low[l] / 16 + 16 * (upper[l] / 16 % 4), low[l + 32] / 16 + 16 * (upper[l] / 64),
                ];
                for (var quarter = 0; quarter < 4; quarter++)
                {
                    var i = 128 * half + 32 * quarter + l;
                    result[i] = Scaled(d * (sbyte)b[192 + i / 16] * (levels[quarter] - 32));
                }
            }
        }

        return result;
    }

    /// <summary>A binary16 by its definition; every finite one is a double.</summary>
    public static double F16(ReadOnlySpan<byte> b)
    {
        var bits = b[0] + 256 * b[1];
        int exponent = bits >> 10 & 31, mantissa = bits & 1023;
        var magnitude = exponent == 31 ? mantissa == 0 ? double.PositiveInfinity : double.NaN
            : exponent == 0 ? mantissa * Math.Pow(2, -24)
            : (1024 + mantissa) * Math.Pow(2, exponent - 25);
        return bits >= 32768 ? -magnitude : magnitude;
    }

    private static (double, double)[] SixBit(ReadOnlySpan<byte> b, int[] levels)
    {
        double d = F16(b), m = F16(b[2..]);
        var s = b[4..16];
        int[] scales = new int[8], minima = new int[8];
        for (var g = 0; g < 4; g++)
        {
            scales[g] = s[g] % 64;
            minima[g] = s[g + 4] % 64;
            scales[g + 4] = s[g + 8] % 16 + 16 * (s[g] / 64);
            minima[g + 4] = s[g + 8] / 16 + 16 * (s[g + 4] / 64);
        }

        var result = new (double, double)[256];
        for (var i = 0; i < 256; i++) result[i] = Sum(d * scales[i / 32] * levels[i], -m * minima[i / 32]);
        return result;
    }

    private static int[] Nibbles(ReadOnlySpan<byte> b)
    {
        var result = new int[32];
        for (var j = 0; j < 16; j++) (result[j], result[j + 16]) = (b[j] % 16, b[j] / 16);
        return result;
    }

    private static int[] HalvesOf64(ReadOnlySpan<byte> b)
    {
        var result = new int[256];
        var next = 0;
        for (var start = 0; start < 256; start += 64)
        {
            for (var l = 0; l < 32; l++, next++) (result[start + l], result[start + 32 + l]) = (b[next] % 16, b[next] / 16);
        }

        return result;
    }

    private static int[] Pairs(ReadOnlySpan<byte> b)
    {
        var result = new int[256];
        for (var half = 0; half < 2; half++)
        {
            for (var l = 0; l < 32; l++)
            {
                var four = b[32 * half + l];
                for (var quarter = 0; quarter < 4; quarter++, four /= 4) result[128 * half + 32 * quarter + l] = four % 4;
            }
        }

        return result;
    }

    private static int Bit(ReadOnlySpan<byte> b, int i) => b[i / 8] / (1 << i % 8) % 2;

    private static (double, double) Scaled(double value) => (value, Math.Abs(value));

    private static (double, double) Sum(double a, double b) => (a + b, Math.Abs(a) + Math.Abs(b));
}
