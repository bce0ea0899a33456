using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Activations in int8 against the formula, computed here in double precision.</summary>
public sealed unsafe class Int8BlockTests
{
    [Fact]
    public void Blocks_hold_the_nearest_whole_numbers_and_their_sums()
    {
        var random = new Random(5);
        using var x = new NativeBuffer<float>(32);
        using var block = new NativeBuffer<byte>(Int8Block.Bytes);
        using var scalar = new NativeBuffer<byte>(Int8Block.Bytes);
        for (var trial = 0; trial < 500; trial++)
        {
            var size = Math.Pow(10, random.Next(-8, 9));
            foreach (ref var value in x.Span) value = random.Next(6) == 0 ? 0 : (float)((random.NextDouble() - 0.5) * size);
            if (trial == 0) x.Span.Fill(-2.5f);
            Int8Block.Write(x.Pointer, block.Pointer);
            Int8Block.WriteScalar(x.Pointer, scalar.Pointer);
            Assert.Equal(scalar.Span, block.Span);
            Check(x.Span, block.Pointer);
        }
    }

    [Fact]
    public void Zeros_stay_zeros_and_what_is_no_number_shows()
    {
        using var x = new NativeBuffer<float>(32);
        using var block = new NativeBuffer<byte>(Int8Block.Bytes);
        Int8Block.Write(x.Pointer, block.Pointer);
        Assert.Equal(new byte[Int8Block.Bytes], block.Span);
        foreach (var strange in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            x.Span[17] = strange;
            Int8Block.Write(x.Pointer, block.Pointer);
            Assert.False(float.IsFinite(*(float*)(block.Pointer + Int8Block.Scale)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(19)]
    public void Rows_find_their_place_in_tiles_however_they_are_cut(int tokens)
    {
        const int Columns = 96;
        var random = new Random(6);
        using var x = new NativeBuffer<float>(tokens * Columns);
        foreach (ref var value in x.Span) value = (float)random.NextDouble() - 0.5f;
        using var pool = new ComputePool(2);
        using var whole = new Int8Rows(tokens, Columns);
        whole.Quantize(pool, x.Pointer, tokens, Columns);
        using var pieces = new Int8Rows(tokens, Columns);
        pieces.Reshape(tokens, Columns);
        using var expected = new NativeBuffer<byte>(Int8Block.Bytes);
        for (var t = 0; t < tokens; t++)
        {
            pieces.Write(x.Pointer + t * Columns + 32, t, 32, 64);
            pieces.Write(x.Pointer + t * Columns, t, 0, 32);
            for (var b = 0; b < 3; b++)
            {
                Int8Block.WriteScalar(x.Pointer + t * Columns + 32 * b, expected.Pointer);
                foreach (var rows in new[] { whole, pieces })
                {
                    // Behind the sums eight bytes are free.
                    Assert.Equal(expected.Span[..56], Block(rows, t, b)[..56]);
                    Assert.Equal(expected.Span[64..], Block(rows, t, b)[64..]);
                }
            }
        }
    }

    private static Span<byte> Block(Int8Rows rows, int token, int block)
    {
        var tile = token / Int8Rows.TileTokens;
        return new Span<byte>(rows.Tile(tile) + (block * rows.TileLength(tile) + token % Int8Rows.TileTokens) * Int8Block.Bytes, Int8Block.Bytes);
    }

    private static void Check(ReadOnlySpan<float> x, byte* block)
    {
        double largest = 0;
        foreach (var value in x) largest = Math.Max(largest, Math.Abs(value));
        var scale = *(float*)(block + Int8Block.Scale);
        Assert.InRange(scale, largest / 127 * (1 - 1e-6), largest / 127 * (1 + 1e-6));
        int sum = 0, negatives = 0;
        int[] pairs = [0, 0, 0, 0];
        for (var i = 0; i < 32; i++)
        {
            var q = (sbyte)block[i];
            // Half a step, and float32 rounding of a quotient of at most 127.
            Assert.InRange(Math.Abs(x[i] / (largest / 127) - q), 0.0, 0.5 + 127 * 3e-7);
            Assert.Equal((byte)Math.Abs((int)q), block[Int8Block.Magnitudes + i]);
            Assert.Equal((byte)(q < 0 ? 255 : 0), block[Int8Block.Signs + i]);
            sum += q;
            if (q < 0) negatives -= q;
            pairs[i / 16 * 2 + i % 4 / 2] += q;
        }

        Assert.Equal(scale * sum, *(float*)(block + Int8Block.Sum));
        Assert.Equal(negatives, *(int*)(block + Int8Block.Negatives));
        var eight = (short*)(block + Int8Block.EightFold);
        Assert.Equal([(short)(-8 * (pairs[0] + pairs[2])), (short)(-8 * (pairs[1] + pairs[3]))], new[] { eight[0], eight[1] });
        var thirtyTwo = (short*)(block + Int8Block.ThirtyTwoFold);
        for (var i = 0; i < 4; i++) Assert.Equal(-32 * pairs[i], thirtyTwo[i]);
    }
}
