using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Products that read single columns: the bits of the dense products, which have their own definition, with any vectors, any zeros, any number of tokens.</summary>
public sealed unsafe class ColumnMatrixTests
{
    public static TheoryData<ElementType, int, int> Shapes => new()
    {
        { ElementType.Q8_0, 37, 32 }, { ElementType.Q8_0, 576, 96 }, { ElementType.Q8_0, 1100, 160 },
        { ElementType.Q4_0, 37, 32 }, { ElementType.Q4_0, 576, 96 }, { ElementType.Q4_0, 1100, 160 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Bits_are_those_of_the_dense_product(ElementType type, int rows, int columns)
    {
        foreach (var zeros in (double[])[0, 0.1, 0.5, 0.9, 1])
        {
            foreach (var tokens in (int[])[1, 2, 11])
            {
                using var problem = new Problem(type, rows, columns, tokens, zeros, extreme: false);
                problem.Check();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_largest_numbers_a_block_can_hold_do_not_overflow(ElementType type, int rows, int columns)
    {
        using var problem = new Problem(type, rows, columns, 3, 0.2, extreme: true);
        problem.Check();
    }

    [Fact]
    public void What_is_no_number_is_not_left_out()
    {
        using var problem = new Problem(ElementType.Q8_0, 64, 64, 1, 0.5, extreme: false);
        problem.Spoil();
        Assert.All(problem.Check(), value => Assert.False(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Float_columns_have_the_bits_of_rows(ElementType type)
    {
        foreach (var (rows, columns) in ((int, int)[])[(64, 16), (37, 100), (130, 33), (256, 1024)])
        {
            foreach (var zeros in (double[])[0, 0.5, 0.95, 1])
            {
                foreach (var tokens in (int[])[1, 3])
                {
                    using var problem = new Problem(type, rows, columns, tokens, zeros, extreme: false);
                    problem.CheckFloat();
                }
            }
        }
    }

    [Fact]
    public void Bytes_read_are_those_of_the_columns_that_count()
    {
        using var problem = new Problem(ElementType.Q8_0, 512, 128, 1, 0, extreme: false);
        problem.X.Clear();
        problem.X[3] = 1;
        problem.X[100] = -2;
        problem.X[101] = 4;
        // Two blocks have scales of 2 bytes a row, three columns a byte a row.
        Assert.Equal(512 * (2 * 2 + 3), problem.BytesRead());
    }

    private sealed class Problem : IDisposable
    {
        private readonly ElementType _type;
        private readonly int _rows;
        private readonly int _columns;
        private readonly int _tokens;
        private readonly NativeBuffer<byte> _stored;
        private readonly NativeBuffer<float> _x;

        public Problem(ElementType type, int rows, int columns, int tokens, double zeros, bool extreme)
        {
            (_type, _rows, _columns, _tokens) = (type, rows, columns, tokens);
            var random = new SeededRandom((ulong)(rows + columns + 100 * zeros));
            var weights = new float[rows * columns];
            foreach (ref var weight in weights.AsSpan()) weight = extreme ? random.NextInt(2) == 0 ? -8 : 7 : (float)random.NextGaussian();
            _stored = new NativeBuffer<byte>(type.RowBytes(columns) * rows);
            WeightCodec.Quantize(type, weights, _stored.Span);
            if (extreme && type == ElementType.Q8_0) for (var block = 0; block < _stored.Length; block += 34) _stored.Span.Slice(block + 2, 32).Fill(0x80);
            _x = new NativeBuffer<float>((long)tokens * columns);
            foreach (ref var value in _x.Span) value = random.NextDouble() < zeros ? random.NextInt(2) == 0 ? 0f : -0f : extreme ? random.NextInt(2) == 0 ? -3 : 3 : (float)random.NextGaussian();
        }

        public Span<float> X => _x.Span;

        public void Spoil() => _x.Span[5] = float.PositiveInfinity;

        public float[] Check()
        {
            var expected = Multiply(PackedMatrix.For(Weight)!, 1);
            Assert.Equal(expected, Multiply(ColumnMatrix.For(Weight)!, 2));
            Assert.Equal(expected, Multiply(Create<LanesScalar, uint>(), 1));
            if (Vector128.IsHardwareAccelerated) Assert.Equal(expected, Multiply(Create<Lanes128, Vector128<byte>>(), 2));
            if (Avx2.IsSupported) Assert.Equal(expected, Multiply(Create<Lanes256, Vector256<byte>>(), 2));
            return expected;
        }

        public void CheckFloat()
        {
            using var pool = new ComputePool(2);
            using var dense = new Linear(Weight, null);
            using var sparse = new Linear(Weight, null);
            sparse.Prefer(WeightLayout.Columns);
            using var memory = PackedWeights.Pack(pool, [sparse]);
            Assert.NotNull(memory);
            var (expected, found) = (new float[_tokens * _rows], new float[_tokens * _rows]);
            fixed (float* a = expected, b = found)
            {
                dense.Multiply(pool, _x.Pointer, _tokens, a);
                sparse.Multiply(pool, _x.Pointer, _tokens, b);
            }

            Assert.Equal(expected, found);
            if (_tokens > 1) return;
            // Strips of 64 rows.
            Assert.Equal((_rows + 63) / 64 * 128L * (_columns - _x.Span.Count(0f)), sparse.BytesRead(new LinearInput(_x.Pointer, null, 1)));
        }

        public long BytesRead()
        {
            using var quantized = Quantized();
            return ColumnMatrix.For(Weight)!.BytesRead(quantized);
        }

        public void Dispose()
        {
            _stored.Dispose();
            _x.Dispose();
        }

        private Weight Weight
        {
            get
            {
                var parameter = new Parameter { Id = new ParameterId(ParameterRole.Down, 0), Rows = _rows, Columns = _columns, IsVector = false, Name = "test" };
                return new Weight(parameter, new StoredTensor("test", _type, [_rows, _columns], _stored.Pointer, _stored.Length, _stored), default, false, 0);
            }
        }

        private ColumnMatrix Create<TLanes, TVector>()
            where TLanes : struct, IColumnLanes<TVector>
            where TVector : unmanaged =>
            _type == ElementType.Q8_0 ? new ColumnMatrix<TLanes, TVector, ColumnsQ8_0>(Weight) : new ColumnMatrix<TLanes, TVector, ColumnsQ4_0>(Weight);

        private Int8Rows Quantized()
        {
            using var pool = new ComputePool(1);
            var quantized = new Int8Rows(_tokens, _columns);
            quantized.Quantize(pool, _x.Pointer, _tokens, _columns);
            return quantized;
        }

        private float[] Multiply(PackedMatrix matrix, int threads)
        {
            using var pool = new ComputePool(threads);
            using var memory = new NativeBuffer<byte>(matrix.ByteLength);
            Assert.True(matrix.Pack(pool, Weight, memory.Pointer));
            using var quantized = Quantized();
            var y = new float[_tokens * _rows];
            fixed (float* target = y)
            {
                // In two pieces, as parts of parallel work are.
                matrix.Multiply(matrix.Groups / 2, matrix.Groups, quantized, target);
                matrix.Multiply(0, matrix.Groups / 2, quantized, target);
            }

            return y;
        }
    }
}
