using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>Products of packed weights against sums in double precision over the decoded weights and the quantized activations; and the bits of one vector length against another's.</summary>
public sealed unsafe class PackedMatrixTests
{
    public static TheoryData<ElementType, int> Shapes => new()
    {
        { ElementType.Q8_0, 32 }, { ElementType.Q8_0, 576 },
        { ElementType.Q4_0, 32 }, { ElementType.Q4_0, 576 },
        { ElementType.Q4_1, 96 }, { ElementType.Q4_1, 576 },
        { ElementType.Q5_0, 32 }, { ElementType.Q5_0, 576 },
        { ElementType.Q4_K, 256 }, { ElementType.Q4_K, 1536 },
        { ElementType.Q6_K, 256 }, { ElementType.Q6_K, 1536 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_match_the_decoded_weights_and_activations(ElementType type, int columns)
    {
        foreach (var (rows, tokens) in new[] { (37, 1), (37, 2), (16, 8), (5, 19) })
        {
            using var problem = new Problem(type, rows, columns, tokens, extreme: false);
            problem.CheckProducts();
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_largest_numbers_a_block_can_hold_do_not_overflow(ElementType type, int columns)
    {
        using var problem = new Problem(type, 17, columns, 3, extreme: true);
        problem.CheckProducts();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Bits_do_not_depend_on_vectors_batches_or_threads(ElementType type, int columns)
    {
        using var problem = new Problem(type, 37, columns, 11, extreme: false);
        problem.CheckBits();
    }

    [Fact]
    public void Scales_that_are_no_finite_numbers_are_left_to_the_float_kernels()
    {
        using var stored = new NativeBuffer<byte>(ElementType.Q8_0.RowBytes(64) * 4);
        WeightCodec.Quantize(ElementType.Q8_0, new float[64 * 4], stored.Span);
        using var pool = new ComputePool(1);
        using var target = new NativeBuffer<byte>(1 << 16);
        var weight = Problem.Wrap(stored, ElementType.Q8_0, 4, 64);
        Assert.True(PackedMatrix.For(weight)!.Pack(pool, weight, target.Pointer));
        *(Half*)(stored.Pointer + 34) = Half.PositiveInfinity;
        Assert.False(PackedMatrix.For(weight)!.Pack(pool, weight, target.Pointer));
    }

    [Fact]
    public void Formats_without_the_layout_have_none()
    {
        using var stored = new NativeBuffer<byte>(64 * 2 * 4);
        Assert.Null(PackedMatrix.For(Problem.Wrap(stored, ElementType.F16, 4, 64)));
    }

    private sealed class Problem : IDisposable
    {
        private readonly ElementType _type;
        private readonly int _rows;
        private readonly int _columns;
        private readonly int _tokens;
        private readonly NativeBuffer<byte> _stored;
        private readonly NativeBuffer<float> _x;
        private readonly float[] _weights;

        public Problem(ElementType type, int rows, int columns, int tokens, bool extreme)
        {
            (_type, _rows, _columns, _tokens) = (type, rows, columns, tokens);
            var random = new Random(rows + columns);
            _weights = new float[rows * columns];
            for (var i = 0; i < _weights.Length; i++) _weights[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
            _stored = new NativeBuffer<byte>(type.RowBytes(columns) * rows);
            _x = new NativeBuffer<float>((long)tokens * columns);
            foreach (ref var value in _x.Span) value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
            if (!extreme)
            {
                WeightCodec.Quantize(type, _weights, _stored.Span);
            }
            else
            {
                // Every level at its end with small finite scales, against activations of one size and both signs.
                _stored.Span.Fill(rows % 2 == 0 ? (byte)0xFF : (byte)0x00);
                for (var i = 0; i < _stored.Length; i++) _stored.Span[(int)i] = (byte)(random.Next(4) == 0 ? 0x00 : 0xFF);
                if (type == ElementType.Q8_0) for (var i = 0; i < _stored.Length; i++) _stored.Span[(int)i] = 0x80;
                FillScales();
                for (var i = 0; i < _x.Length; i++) _x.Span[(int)i] = i / 7 % 5 == 0 ? -3 : 3;
            }

            WeightCodec.Dequantize(type, _stored.Span, _weights);
        }

        public static Weight Wrap(NativeBuffer<byte> stored, ElementType type, int rows, int columns)
        {
            var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = rows, Columns = columns, IsVector = false, Name = "test" };
            return new Weight(parameter, new StoredTensor("test", type, [rows, columns], stored.Pointer, stored.Length, stored), default, false, 0);
        }

        // Products of the scales, of the sums with them and over blocks are rounded: a few units of 2⁻²⁴ of every term's size, and one for each block that is added.
        public void CheckProducts()
        {
            var x = Activations();
            var y = Multiply(PackedMatrix.For(Wrap(_stored, _type, _rows, _columns))!, 2);
            for (var t = 0; t < _tokens; t++)
            {
                for (var row = 0; row < _rows; row++)
                {
                    double sum = 0, magnitude = 0;
                    for (var c = 0; c < _columns; c++)
                    {
                        var product = _weights[row * _columns + c] * x[t * _columns + c];
                        sum += product;
                        magnitude += Math.Abs(product);
                    }

                    // Scale and minimum may cancel: their magnitudes are up to 16 times the weight's, and more where a row is nearly constant.
                    var bound = (_columns / 32 + 8) * 32 * Math.Pow(2, -24) * magnitude + 1e-6 * SumOfSizes(row, x.AsSpan(t * _columns, _columns)) + 1e-30;
                    Assert.InRange(y[t * _rows + row], sum - bound, sum + bound);
                }
            }
        }

        public void CheckBits()
        {
            var expected = Multiply(Create<LanesScalar, uint>(), 1);
            foreach (var threads in new[] { 1, 2, 3 }) Assert.Equal(expected, Multiply(PackedMatrix.For(Wrap(_stored, _type, _rows, _columns))!, threads));
            if (System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated) Assert.Equal(expected, Multiply(Create<Lanes128, System.Runtime.Intrinsics.Vector128<byte>>(), 2));
            if (System.Runtime.Intrinsics.X86.Avx2.IsSupported) Assert.Equal(expected, Multiply(Create<Lanes256, System.Runtime.Intrinsics.Vector256<byte>>(), 2));
            // Token by token, which another kernel does.
            for (var t = 0; t < _tokens; t++)
            {
                using var pool = new ComputePool(1);
                using var linear = Packed(pool, out var memory);
                using (memory)
                {
                    using var quantized = new Int8Rows(1, _columns);
                    var y = new float[_rows];
                    fixed (float* target = y) linear.Multiply(pool, _x.Pointer + t * _columns, 1, target, quantized);
                    Assert.Equal(expected[(t * _rows)..((t + 1) * _rows)], y);
                }
            }
        }

        public void Dispose()
        {
            _stored.Dispose();
            _x.Dispose();
        }

        private Linear Packed(ComputePool pool, out NativeBuffer<byte> memory)
        {
            var linear = new Linear(Wrap(_stored, _type, _rows, _columns), null);
            memory = PackedWeights.Pack(pool, [linear])!;
            Assert.True(linear.IsPacked);
            return linear;
        }

        private PackedMatrix Create<TLanes, TVector>()
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var weight = Wrap(_stored, _type, _rows, _columns);
            return _type switch
            {
                ElementType.Q8_0 => new PackedMatrix<TLanes, TVector, PackedQ8_0>(weight),
                ElementType.Q6_K => new PackedMatrix<TLanes, TVector, PackedQ6_K>(weight),
                ElementType.Q5_0 => new PackedMatrix<TLanes, TVector, PackedQ5_0>(weight),
                ElementType.Q4_K => new PackedMatrix<TLanes, TVector, PackedQ4_K>(weight),
                ElementType.Q4_1 => new PackedMatrix<TLanes, TVector, PackedQ4_1>(weight),
                _ => new PackedMatrix<TLanes, TVector, PackedQ4_0>(weight),
            };
        }

        private float[] Multiply(PackedMatrix matrix, int threads)
        {
            using var pool = new ComputePool(threads);
            using var memory = new NativeBuffer<byte>(matrix.ByteLength);
            Assert.True(matrix.Pack(pool, Wrap(_stored, _type, _rows, _columns), memory.Pointer));
            using var quantized = new Int8Rows(_tokens, _columns);
            quantized.Quantize(pool, _x.Pointer, _tokens, _columns);
            var y = new float[_tokens * _rows];
            fixed (float* target = y) matrix.Multiply(0, matrix.Groups, quantized, target);
            return y;
        }

        // The activations as the kernels see them, by the formula.
        private double[] Activations()
        {
            var values = new double[_tokens * _columns];
            for (var first = 0; first < values.Length; first += 32)
            {
                var largest = 0f;
                for (var i = first; i < first + 32; i++) largest = Math.Max(largest, Math.Abs(_x.Span[i]));
                var scale = largest / 127;
                for (var i = first; i < first + 32; i++) values[i] = largest == 0 ? 0 : scale * MathF.Round(_x.Span[i] * (127 / largest), MidpointRounding.ToEven);
            }

            return values;
        }

        // Σ |w|max |x| over blocks: the size of scale · q and of the minimum apart.
        private double SumOfSizes(int row, ReadOnlySpan<double> x)
        {
            double sum = 0;
            for (var first = 0; first < _columns; first += 32)
            {
                double largest = 0, inputs = 0;
                for (var i = first; i < first + 32; i++)
                {
                    largest = Math.Max(largest, Math.Abs(_weights[row * _columns + i]));
                    inputs += Math.Abs(x[i]);
                }

                sum += largest * inputs;
            }

            return sum;
        }

        private void FillScales()
        {
            var bytes = _type.BlockBytes();
            for (var block = _stored.Pointer; block < _stored.Pointer + _stored.Length; block += bytes)
            {
                if (_type == ElementType.Q6_K)
                {
                    *(Half*)(block + 208) = (Half)0.01;
                    for (var i = 192; i < 208; i++) block[i] = (byte)(i % 3 == 0 ? 127 : -128);
                    continue;
                }

                *(Half*)block = (Half)(-0.01);
                if (_type is ElementType.Q4_1 or ElementType.Q4_K) *(Half*)(block + 2) = (Half)0.02;
            }
        }
    }
}
