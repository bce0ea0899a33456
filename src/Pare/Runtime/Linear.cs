using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>y = W x + b over a stored weight format, for one token or many. The format is chosen once per matrix.</summary>
internal sealed unsafe class Linear : IDisposable
{
    /// <summary>Up to this many tokens rows are multiplied as they are read; beyond, panels are decoded for a GEMM.</summary>
    public const int FewTokens = 8;

    private Weight _weight;
    private readonly NativeBuffer<float>? _bias;
    private RowDot? _dot;
    private PackedMatrix? _packed;
    private MatchedProduct? _matched;
    private readonly CompactProduct? _compact;
    private WeightLayout _layout;
    private FloatColumns? _columns;

    public Linear(Weight weight, Weight? bias)
    {
        _weight = weight;
        Rows = weight.Rows;
        Columns = weight.Columns;
        if (weight.Compact is not null) _compact = new CompactProduct(weight);
        else _dot = RowDot.For(weight);
        if (bias is null) return;
        _bias = new NativeBuffer<float>(Rows);
        bias.Read(0, 0, _bias.Span);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Format of the weights.</summary>
    public ElementType Type => _weight.Type;

    /// <summary>Bytes of weights that one token reads.</summary>
    public long WeightBytes => _compact?.Inner.WeightBytes ?? _packed?.ByteLength ?? _weight.ByteLength;

    /// <summary>Whether inputs have to be quantized.</summary>
    public bool IsPacked => _packed is not null;

    /// <summary>Bytes that <see cref="Pack"/> needs, a multiple of 64; 0 where the weight stays where it is.</summary>
    public long PackedBytes
    {
        get
        {
            if (_compact is not null) return _compact.Inner.PackedBytes;
            using var columns = WantedColumns();
            return Wanted()?.ByteLength ?? columns?.ByteLength ?? (IsMovable ? (_weight.ByteLength + 63) / 64 * 64 : 0);
        }
    }

    /// <summary>Whether <see cref="MultiplyGroups"/> is there.</summary>
    public bool HasRowGroups => _packed is not null && _layout == WeightLayout.RowGroups;

    /// <summary>How the weight is to be packed.</summary>
    public WeightLayout Layout => _layout;

    /// <summary>Says how the weight is to be packed; where its format cannot, it is packed as otherwise.</summary>
    public void Prefer(WeightLayout layout) => _layout = layout;

    /// <summary>Bytes of weights that a product reads.</summary>
    /// <param name="input">One token, as it was multiplied last.</param>
    public long BytesRead(in LinearInput input) => _columns is not null ? _columns.BytesRead : _packed is ColumnMatrix columns ? columns.BytesRead(input.Quantized!) : WeightBytes;

    // Rows of 16-bit floats are read as they are, but faster from large pages.
    private bool IsMovable => _compact is null && _weight is { Type: ElementType.F16 or ElementType.BF16, HasStoredRows: true, Parameter.IsVector: false };

    /// <summary>Lays the weight down in the packed layout, or its 16-bit floats in other memory as they are, and lets its mapped pages go.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="target"><see cref="PackedBytes"/> bytes, aligned to 64, that outlive this object.</param>
    public void Pack(ComputePool pool, byte* target)
    {
        _compact?.Inner.Pack(pool, target);
        if (_compact is not null) return;
        if (Wanted() is { } packed)
        {
            if (!packed.Pack(pool, _weight, target)) return;
            _packed = packed;
            _weight.Forget();
            return;
        }

        _columns = WantedColumns();
        if (_columns is not null) _columns.Pack(pool, _weight, target);
        else if (IsMovable) Move(pool, target);
    }

    private void Move(ComputePool pool, byte* target)
    {
        pool.For(Rows, new CopyRow(_weight, target, _weight.Type.RowBytes(Columns)));
        var moved = _weight.At(target);
        _weight.Forget();
        _weight = moved;
        _dot = RowDot.For(moved);
    }

    /// <summary>Looks at an input before <see cref="MultiplyRows"/> is called for its parts.</summary>
    public void Prepare(in LinearInput input) => _columns?.Collect(input.Values, input.Tokens);

    /// <summary>Rounds inputs as the parts of the weight are, where it is sparse (<see cref="ActivationPrecision.Matched"/>).</summary>
    public void MatchActivations()
    {
        _compact?.Inner.MatchActivations();
        if (SparseFormat.IsSparse(_weight.Type) && _weight.HasStoredRows) _matched ??= new MatchedProduct(_weight);
    }

    /// <summary>y[n, rows] = x[n, columns] · Wᵀ + b.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[n, columns].</param>
    /// <param name="n">Tokens.</param>
    /// <param name="y">[n, rows]; does not overlap x.</param>
    /// <param name="quantized">Room for x in int8, which a packed weight needs.</param>
    public void Multiply(ComputePool pool, float* x, int n, float* y, Int8Rows? quantized = null)
    {
        if (IsPacked) quantized!.Quantize(pool, x, n, Columns);
        Multiply(pool, new LinearInput(x, quantized, n), y);
    }

    /// <summary>The same with an input whose quantized form is ready if <see cref="IsPacked"/>.</summary>
    public void Multiply(ComputePool pool, in LinearInput input, float* y)
    {
        if (RunsInParts(input.Tokens))
        {
            LinearPass.Run(pool, input, this, y);
            return;
        }

        var x = input.Values;
        var n = input.Tokens;
        if (_compact is not null)
        {
            _compact.Multiply(pool, x, n, y);
        }
        else if (_matched is not null)
        {
            _matched.Multiply(pool, x, n, y);
        }
        else if (n <= FewTokens)
        {
            var rowsPerPart = Math.Clamp((int)((1 << 16) / Math.Max(1, _weight.ByteLength / Rows)), 1, Rows);
            pool.For((Rows + rowsPerPart - 1) / rowsPerPart, new DecodeRows(_weight, x, n, y, rowsPerPart, pool.Scratch(0, (long)pool.Threads * Columns)));
        }
        else if (_weight is { IsContiguous: true, Type: ElementType.F32 })
        {
            Gemm.MultiplyTransposed(pool, x, n, Columns, Columns, new DenseRows((float*)_weight.StoredRow(0), Columns), Rows, y, Rows);
        }
        else
        {
            Gemm.MultiplyTransposed(pool, x, n, Columns, Columns, new WeightRows(_weight), Rows, y, Rows);
        }

        if (_bias is not null) pool.For(n, new AddBias(y, _bias.Pointer, Rows, Rows));
    }

    /// <summary>Whether the product can be made in independent runs of rows by <see cref="MultiplyRows"/>.</summary>
    public bool RunsInParts(int tokens) => IsPacked || (_dot is not null && tokens <= FewTokens);

    /// <summary>Rows that belong together: a run starts at a multiple.</summary>
    public int RowStep => _packed?.GroupRows ?? (_columns is null ? 4 : FloatColumns.StripRows);

    /// <summary>The product for rows from first to last − 1, b included.</summary>
    public void MultiplyRows(int first, int last, in LinearInput input, float* y)
    {
        if (_packed is not null) _packed.Multiply(first / _packed.GroupRows, (last + _packed.GroupRows - 1) / _packed.GroupRows, input.Quantized!, y);
        else if (_columns is not null) _columns.Multiply(first / FloatColumns.StripRows, (last + FloatColumns.StripRows - 1) / FloatColumns.StripRows, input.Tokens, y);
        else _dot!.Multiply(first, last, input.Values, Columns, input.Tokens, y, Rows);
        AddBiasTo(first, last, input.Tokens, y);
    }

    /// <summary>Adds b, where there is one, to rows from first to last − 1 of products [tokens, rows] that were made elsewhere.</summary>
    public void AddBiasTo(int first, int last, int tokens, float* y)
    {
        if (_bias is null) return;
        var add = new AddBias(y + first, _bias.Pointer + first, Rows, last - first);
        for (var t = 0; t < tokens; t++) add.Execute(t, 0);
    }

    /// <summary>The product of one token for some groups of <see cref="RowStep"/> rows, b included.</summary>
    /// <param name="groups">Groups in ascending order.</param>
    /// <param name="first">First place in the list.</param>
    /// <param name="last">Behind the last place.</param>
    /// <param name="count">Length of the list.</param>
    /// <param name="input">The token.</param>
    /// <param name="y">[rows]; rows of other groups stay as they are.</param>
    public void MultiplyGroups(int* groups, int first, int last, int count, in LinearInput input, float* y)
    {
        _packed!.MultiplyGroups(groups, first, last, count, input.Quantized!, y);
        if (_bias is null) return;
        for (var i = first; i < last; i++)
        {
            var row = groups[i] * RowStep;
            new AddBias(y + row, _bias.Pointer + row, Rows, Math.Min(RowStep, Rows - row)).Execute(0, 0);
        }
    }

    public void Dispose()
    {
        _columns?.Dispose();
        _bias?.Dispose();
        _matched?.Dispose();
        _compact?.Dispose();
    }

    private PackedMatrix? Wanted() => (_layout == WeightLayout.Columns ? ColumnMatrix.For(_weight) : null) ?? PackedMatrix.For(_weight, _layout == WeightLayout.RowGroups);

    private FloatColumns? WantedColumns() => _layout == WeightLayout.Columns && _dot is not null ? FloatColumns.For(_weight) : null;

    private readonly struct CopyRow(Weight weight, byte* target, long rowBytes) : IParallelBody
    {
        public void Execute(int part, int worker) => Buffer.MemoryCopy(weight.StoredRow(part), target + part * rowBytes, rowBytes, rowBytes);
    }

    private readonly struct AddBias(float* y, float* bias, int stride, int count) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = new Span<float>(y + (long)part * stride, count);
            System.Numerics.Tensors.TensorPrimitives.Add(row, new ReadOnlySpan<float>(bias, count), row);
        }
    }

    private readonly struct DecodeRows(Weight weight, float* x, int n, float* y, int rowsPerPart, float* scratch) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var columns = weight.Columns;
            var row = new Span<float>(scratch + (long)worker * columns, columns);
            var last = Math.Min(weight.Rows, (part + 1) * rowsPerPart);
            for (var r = part * rowsPerPart; r < last; r++)
            {
                weight.Read(r, 0, row);
                for (var t = 0; t < n; t++)
                    y[(long)t * weight.Rows + r] = VectorMath.Dot(row, new ReadOnlySpan<float>(x + (long)t * columns, columns));
            }
        }
    }
}
