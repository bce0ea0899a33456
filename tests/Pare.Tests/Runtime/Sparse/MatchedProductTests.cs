using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Activations rounded as the weights' parts are: the simulation against sums of whole numbers, as units for the number formats would make them.</summary>
public sealed unsafe class MatchedProductTests
{
    [Theory]
    [InlineData("6:8-fp4+1:8-int8", 64, 1)]
    [InlineData("6:8-fp4+1:8-int8", 576, 9)]
    [InlineData("8:8-fp4", 128, 3)]
    [InlineData("2:4-int8", 96, 2)]
    [InlineData("2:4-int4+1:4-int8", 172, 12)]
    public void The_simulation_equals_sums_of_whole_numbers(string name, int columns, int tokens)
    {
        const int Rows = 21;
        var type = ElementTypes.Parse(name);
        var format = SparseFormat.Of(type);
        var random = new Random(columns);
        var bytes = (int)type.RowBytes(columns);
        using var stored = new NativeBuffer<byte>((long)bytes * Rows);
        using var x = new NativeBuffer<float>((long)tokens * columns);
        foreach (ref var value in x.Span) value = Draw(random);
        for (var row = 0; row < Rows; row++) WeightCodec.Quantize(type, Enumerable.Range(0, columns).Select(_ => Draw(random)).ToArray(), stored.Slice((long)row * bytes, bytes));
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = Rows, Columns = columns, IsVector = false, Name = "test" };
        using var linear = new Linear(new Weight(parameter, new StoredTensor("test", type, [Rows, columns], stored.Pointer, stored.Length, stored), default, false, 0), null);
        linear.MatchActivations();
        using var pool = new ComputePool(2);
        var y = new float[tokens * Rows];
        fixed (float* target = y) linear.Multiply(pool, x.Pointer, tokens, target);
        for (var t = 0; t < tokens; t++)
        {
            for (var row = 0; row < Rows; row++)
            {
                var (sum, magnitude) = Exact(format, stored.Slice((long)row * bytes, bytes), x.Slice((long)t * columns, columns));
                // Decoded numbers are rounded once on each side, sums once a term and part.
                var bound = (2 * columns + 4) * Math.Pow(2, -24) * magnitude;
                Assert.InRange(y[t * Rows + row], sum - bound, sum + bound);
            }
        }
    }

    [Fact]
    public void What_is_no_number_shows_in_every_result()
    {
        var type = ElementTypes.Parse("2:4-int8");
        using var stored = new NativeBuffer<byte>(type.RowBytes(64));
        WeightCodec.Quantize(type, new float[64], stored.Span);
        using var x = new NativeBuffer<float>(64);
        x.Span[5] = float.PositiveInfinity;
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = 1, Columns = 64, IsVector = false, Name = "test" };
        using var linear = new Linear(new Weight(parameter, new StoredTensor("test", type, [1, 64], stored.Pointer, stored.Length, stored), default, false, 0), null);
        linear.MatchActivations();
        using var pool = new ComputePool(1);
        float y;
        linear.Multiply(pool, x.Pointer, 1, &y);
        Assert.True(float.IsNaN(y));
    }

    private static float Draw(Random random) => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-2, 1)));

    // Σ over parts of γ γ' Σ over vectors of s s' Σ q q', where q of E2M1 counts halves: whole numbers up to the two float32 factors.
    private static (double Sum, double Magnitude) Exact(SparseFormat format, ReadOnlySpan<byte> row, ReadOnlySpan<float> x)
    {
        var (codes, scales) = (new byte[x.Length], new byte[VsQuant.Vectors(x.Length)]);
        double sum = 0, magnitude = 0;
        for (var part = 0; part < format.PartCount; part++)
        {
            var layout = format.Layout(part, x.Length);
            var second = VsQuant.Quantize(x, layout.Grid, NumberGrid.Of(NumberFormat.UInt8), codes, scales);
            var unit = layout.Part.Numbers == NumberFormat.Fp4 ? 2 : 1;
            var blocks = new SparseBlocks(layout, row, 0);
            var (positions, numbers) = (new byte[16], new byte[16]);
            long whole = 0, size = 0;
            for (var block = 0; block < layout.Blocks; block++)
            {
                Assert.True(blocks.Next(positions, numbers));
                for (var i = 0; i < layout.Part.Kept; i++)
                {
                    var column = block * format.Block + positions[i];
                    var product = Whole(layout.Grid, numbers[i], unit) * Whole(layout.Grid, codes[column], unit) * layout.Scales(row)[column / 16] * scales[column / 16];
                    whole += product;
                    size += Math.Abs(product);
                }
            }

            sum += (double)layout.Second(row) * second * whole / (unit * unit);
            magnitude += (double)layout.Second(row) * second * size / (unit * unit);
        }

        return (sum, magnitude);
    }

    private static long Whole(NumberGrid grid, byte code, int unit)
    {
        var whole = grid.Decode(code) * unit;
        Assert.Equal(MathF.Round(whole), whole);
        return (long)whole;
    }
}
