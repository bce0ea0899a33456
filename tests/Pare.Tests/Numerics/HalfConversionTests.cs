using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed class HalfConversionTests
{
    [Fact]
    public void Every_half_converts_to_the_bits_that_the_runtime_gives()
    {
        var halves = Enumerable.Range(0, 65536).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).ToArray();
        var singles = new float[65536];
        HalfConversion.ToSingle(halves, singles);
        for (var i = 0; i < 65536; i++)
        {
            if (BitConverter.SingleToUInt32Bits((float)halves[i]) != BitConverter.SingleToUInt32Bits(singles[i])) Assert.Fail($"F16 {i:X4} became {singles[i]:R}");
        }
    }

    [Fact]
    public void Narrowing_to_half_gives_the_bits_that_the_runtime_gives()
    {
        var singles = AwkwardSingles();
        var halves = new Half[singles.Length];
        HalfConversion.ToHalf(singles, halves);
        for (var i = 0; i < singles.Length; i++)
            if (!(BitConverter.HalfToUInt16Bits((Half)singles[i]) == BitConverter.HalfToUInt16Bits(halves[i]))) Assert.Fail($"{singles[i]:R} became {halves[i]}");
    }

    [Fact]
    public void Every_bf16_survives_the_way_to_float32_and_back()
    {
        for (var count = 65536; count > 65516; count--)
        {
            var shorts = Enumerable.Range(0, count).Select(bits => (ushort)bits).ToArray();
            var (singles, back) = (new float[count], new ushort[count]);
            HalfConversion.BFloat16ToSingle(shorts, singles);
            HalfConversion.ToBFloat16(singles, back);
            for (var i = 0; i < count; i++)
            {
                if (BitConverter.SingleToUInt32Bits(singles[i]) != (uint)i << 16) Assert.Fail($"BF16 {i:X4} became {BitConverter.SingleToUInt32Bits(singles[i]):X8}");
                var expected = float.IsNaN(singles[i]) ? i | 0x40 : i;
                if (back[i] != expected) Assert.Fail($"BF16 {i:X4} came back as {back[i]:X4}");
            }
        }
    }

    [Fact]
    public void Narrowing_to_bf16_takes_the_nearest_and_the_even_of_two()
    {
        var singles = AwkwardSingles();
        var shorts = new ushort[singles.Length];
        HalfConversion.ToBFloat16(singles, shorts);
        for (var i = 0; i < singles.Length; i++)
        {
            if (HalfConversion.ToBFloat16(singles[i]) != shorts[i]) Assert.Fail($"{singles[i]:R} alone and in a row differ");
            if (float.IsNaN(singles[i]))
            {
                Assert.True(float.IsNaN(HalfConversion.BFloat16ToSingle(shorts[i])));
                continue;
            }

            // The definition: of the two neighbours (the upper half as it is, and one more) the nearer in value; at a tie the even one. Beyond the largest number comes infinity, at 2^128.
            var bits = BitConverter.SingleToUInt32Bits(singles[i]);
            var (down, up) = (bits >> 16, (bits >> 16) + 1);
            var (below, above, value) = (Value(down), Value(up), Value16(singles[i]));
            uint expected;
            if (float.IsInfinity(singles[i])) expected = down;
            else if (value - below == above - value) expected = (down & 1) == 0 ? down : up;
            else expected = value - below < above - value ? down : up;
            if (shorts[i] != expected) Assert.Fail($"{singles[i]:R} became {shorts[i]:X4}, expected {expected:X4}");
        }

        static double Value(uint upper) => (upper & 0x7FFF) == 0x7F80 ? Math.Pow(2, 128) : Math.Abs((double)BitConverter.UInt32BitsToSingle(upper << 16));
        static double Value16(float single) => Math.Abs((double)single);
    }

    private static float[] AwkwardSingles()
    {
        var singles = new List<float>();
        for (uint upper = 0; upper < 65536; upper++)
        {
            foreach (var lower in new uint[] { 0, 1, 0x0FFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001, 0xFFFF }) singles.Add(BitConverter.UInt32BitsToSingle(upper << 16 | lower));
        }

        return [.. singles];
    }
}
