using Pare.Compression;
using Pare.Formats;
using Pare.Numerics;

namespace Pare.Tests.Compression;

/// <summary>Levels that are set one by one: what the block decodes to afterwards is what was returned, the nearest that it has, and nothing else moved.</summary>
public sealed unsafe class BlockGridTests
{
    [Theory]
    [InlineData(ElementType.Q8_0, 255)]
    [InlineData(ElementType.Q6_K, 64)]
    [InlineData(ElementType.Q5_0, 32)]
    [InlineData(ElementType.Q4_K, 16)]
    [InlineData(ElementType.Q4_1, 16)]
    [InlineData(ElementType.Q4_0, 16)]
    public void A_set_level_decodes_to_the_nearest_number_of_the_block(ElementType type, int levels)
    {
        Assert.True(BlockGrid.Has(type));
        var random = new SeededRandom(4);
        var length = type.BlockLength();
        for (var trial = 0; trial < 6; trial++)
        {
            var values = Enumerable.Range(0, length).Select(_ => (float)(random.NextGaussian() * 0.1 + 0.02)).ToArray();
            var bytes = new byte[type.BlockBytes()];
            WeightCodec.Quantize(type, values, bytes);
            for (var i = trial; i < length; i += 7)
            {
                // Every number that place i can hold, by many wishes from far below to far above.
                var reached = Enumerable.Range(-600, 1201).Select(step => Set(i, step / 1000f)).Distinct().ToList();
                Assert.Equal(levels, reached.Count);
                var x = (float)(random.NextGaussian() * 0.15);
                var before = Decode(bytes);
                var found = Set(i, x);
                Assert.Equal(reached.Min(number => Math.Abs(number - x)), Math.Abs(found - x), 1e-6);
                var after = Decode(bytes);
                Assert.Equal(found, after[i]);
                for (var j = 0; j < length; j++) if (j != i) Assert.Equal(before[j], after[j]);
            }

            float Set(int i, float x)
            {
                fixed (byte* block = bytes) return BlockGrid.Set(type, block, i, x);
            }
        }

        float[] Decode(byte[] bytes)
        {
            var decoded = new float[length];
            WeightCodec.Dequantize(type, bytes, decoded);
            return decoded;
        }
    }
}
