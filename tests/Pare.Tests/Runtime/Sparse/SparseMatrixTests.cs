using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Tests.Runtime;

/// <summary>
/// Integer products of sparse weights against the simulated ones: sums in double precision over decoded weights and rounded activations.
/// And the bits of one vector length, batch and thread count against another's.
/// </summary>
public sealed unsafe class SparseMatrixTests
{
    public static TheoryData<string> Formats =>
    [
        "2:4-int8", "1:4-int8", "1:2-int8", "2:8-int8", "4:8-int8", "8:8-int8", "2:16-int8", "3:5-int8",
        "2:4-int4", "2:4-fp4", "1:2-int3", "2:4-int2", "6:8-fp4", "7:8-int4", "8:8-fp4", "5:7-int3",
        "6:8-fp4+1:8-int8", "4:8-fp4+2:8-int8", "2:4-fp4+1:4-int8", "7:8-int4+1:8-int8", "1:4-fp4+1:4-int8", "13:16-fp4+1:16-int8", "8:16-fp4+5:16-int8", "4:8-int8+1:8-int8", "3:6-fp4+1:6-int8",
    ];

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_integer_path_equals_the_simulated_one(string format)
    {
        foreach (var (rows, tokens, blocks) in new[] { (37, 1, 9), (37, 2, 1), (16, 8, 3), (5, 19, 2) })
        {
            using var problem = new Problem(format, rows, blocks, tokens);
            problem.CheckProducts();
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_largest_numbers_do_not_overflow(string format)
    {
        using var problem = new Problem(format, 17, 2, 3, extreme: true);
        problem.CheckProducts();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Bits_do_not_depend_on_vectors_batches_or_threads(string format)
    {
        using var problem = new Problem(format, 37, 3, 11);
        problem.CheckBits();
    }

    [Theory]
    [InlineData("2:4-fp8")]
    [InlineData("6:8-fp4+1:8-fp8")]
    public void Formats_that_the_kernels_do_not_know_run_in_float(string format)
    {
        using var problem = new Problem(format, 7, 2, 3);
        Assert.Null(PackedMatrix.For(problem.Weight));
        problem.CheckFloat();
    }

    [Fact]
    public void Rows_that_units_do_not_divide_run_in_float()
    {
        using var problem = new Problem("2:4-int8", 7, 1, 3, columns: 172);
        Assert.Null(PackedMatrix.For(problem.Weight));
        problem.CheckFloat();
    }

    [Fact]
    public void A_code_of_minus_128_is_left_to_the_float_path()
    {
        using var problem = new Problem("2:4-int8", 4, 1, 1);
        problem.Stored.Span[(int)problem.Stored.Length - 1] = 0x80;
        using var pool = new ComputePool(1);
        var matrix = PackedMatrix.For(problem.Weight)!;
        using var memory = new NativeBuffer<byte>(matrix.ByteLength);
        Assert.False(matrix.Pack(pool, problem.Weight, memory.Pointer));
        problem.Decode();
        problem.CheckFloat();
    }

    [Fact]
    public void Damaged_positions_are_refused_before_anything_is_multiplied()
    {
        using var problem = new Problem("6:8-fp4+1:8-int8", 20, 1, 1);
        using var pool = new ComputePool(2);
        var matrix = PackedMatrix.For(problem.Weight)!;
        using var memory = new NativeBuffer<byte>(matrix.ByteLength);
        // Row 13: behind γ and four scales lie the masks of the inliers' blocks.
        problem.Stored.Span[(int)(13 * problem.Weight.Type.RowBytes(64) + 8 + 2)] ^= 1;
        var error = Assert.Throws<ModelFormatException>(() => matrix.Pack(pool, problem.Weight, memory.Pointer));
        Assert.Contains("row 13: the positions of block 2", error.Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => problem.Weight.ToArray());
    }

    private sealed class Problem : IDisposable
    {
        private readonly int _rows;
        private readonly int _columns;
        private readonly int _tokens;
        private readonly NativeBuffer<float> _x;
        private readonly float[] _weights;

        public Problem(string name, int rows, int blocks, int tokens, bool extreme = false, int columns = 0)
        {
            var type = ElementTypes.Parse(name);
            var format = SparseFormat.Of(type);
            // Whole units, and whole blocks of 5, 6 or 7.
            var block = format.Block;
            if (columns == 0) columns = 64 * blocks * (block % 2 == 1 ? block : block == 6 ? 3 : 1);
            (_rows, _columns, _tokens) = (rows, columns, tokens);
            var random = new Random(rows + columns);
            _weights = new float[rows * columns];
            Stored = new NativeBuffer<byte>(type.RowBytes(columns) * rows);
            _x = new NativeBuffer<float>((long)tokens * columns);
            for (var i = 0; i < _weights.Length; i++) _weights[i] = extreme ? random.Next(8) == 0 ? 3 : -3 : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
            for (var i = 0; i < _x.Length; i++) _x.Span[i] = extreme ? i / 7 % 5 == 0 ? -3 : 3 : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 1)));
            var bytes = (int)type.RowBytes(columns);
            for (var row = 0; row < rows; row++) WeightCodec.Quantize(type, _weights.AsSpan(row * columns, columns), Stored.Slice((long)row * bytes, bytes));
            var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = rows, Columns = columns, IsVector = false, Name = "test" };
            Weight = new Weight(parameter, new StoredTensor("test", type, [rows, columns], Stored.Pointer, Stored.Length, Stored), default, false, 0);
            Decode();
        }

        public NativeBuffer<byte> Stored { get; }

        public Weight Weight { get; }

        public void Decode() => Weight.ToArray().CopyTo(_weights, 0);

        // Rounded are: the conversion of a block's whole number, its product with the activations' scale, every addition of a block to a part's sum,
        // the product with γ, the parts' addition; and here the decoded weights, twice each.
        public void CheckProducts() => Compare(Multiply(PackedMatrix.For(Weight)!, 2), Activations(), 8 + _columns / 16);

        public void CheckFloat()
        {
            using var pool = new ComputePool(2);
            using var linear = new Linear(Weight, null);
            var y = new float[_tokens * _rows];
            fixed (float* target = y) linear.Multiply(pool, _x.Pointer, _tokens, target);
            var x = new double[_tokens * _columns];
            for (var i = 0; i < x.Length; i++) x[i] = _x.Span[i];
            Compare(y, x, _columns);
        }

        public void CheckBits()
        {
            var expected = Multiply(SparseMatrix.Create<LanesScalar, uint>(Weight)!, 1);
            foreach (var threads in new[] { 1, 2, 3 }) Assert.Equal(expected, Multiply(PackedMatrix.For(Weight)!, threads));
            if (Vector128.IsHardwareAccelerated) Assert.Equal(expected, Multiply(SparseMatrix.Create<Lanes128, Vector128<byte>>(Weight)!, 2));
            if (Avx2.IsSupported) Assert.Equal(expected, Multiply(SparseMatrix.Create<Lanes256, Vector256<byte>>(Weight)!, 2));
            // Token by token, which another kernel does.
            using var pool = new ComputePool(1);
            using var linear = new Linear(Weight, null);
            using var memory = PackedWeights.Pack(pool, [linear]);
            Assert.True(linear.IsPacked);
            using var quantized = new Int8Rows(1, _columns);
            var y = new float[_rows];
            for (var t = 0; t < _tokens; t++)
            {
                fixed (float* target = y) linear.Multiply(pool, _x.Pointer + t * _columns, 1, target, quantized);
                Assert.Equal(expected[(t * _rows)..((t + 1) * _rows)], y);
            }
        }

        public void Dispose()
        {
            Stored.Dispose();
            _x.Dispose();
        }

        private float[] Multiply(PackedMatrix matrix, int threads)
        {
            using var pool = new ComputePool(threads);
            using var memory = new NativeBuffer<byte>(matrix.ByteLength);
            Assert.True(matrix.Pack(pool, Weight, memory.Pointer));
            using var quantized = new Int8Rows(_tokens, _columns);
            quantized.Quantize(pool, _x.Pointer, _tokens, _columns);
            var y = new float[_tokens * _rows];
            fixed (float* target = y) matrix.Multiply(0, matrix.Groups, quantized, target);
            return y;
        }

        private void Compare(float[] y, double[] x, int roundings)
        {
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

                    // Each float32 operation loses 2⁻²⁴ of what it makes, and no intermediate is larger than the sum of magnitudes.
                    var bound = roundings * Math.Pow(2, -24) * magnitude;
                    Assert.InRange(y[t * _rows + row], sum - bound, sum + bound);
                }
            }
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
    }
}
