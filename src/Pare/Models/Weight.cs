using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Formats.Tables;

namespace Pare.Models;

/// <summary>A parameter's values as they lie in the model's file: [rows, columns], whatever names, fusion or orientation the file uses.</summary>
public sealed unsafe class Weight
{
    private readonly StoredTensor _tensor;
    private readonly RowMap _map;
    private readonly bool _transposed;
    private readonly float _offset;

    internal Weight(Parameter parameter, StoredTensor tensor, RowMap map, bool transposed, float offset)
    {
        Parameter = parameter;
        _tensor = tensor;
        _map = map;
        _transposed = transposed;
        _offset = offset;
    }

    /// <summary>A weight of which only some rows and columns are stored.</summary>
    internal Weight(Parameter parameter, Weight matrix, CompactMap map)
        : this(parameter, matrix._tensor, default, transposed: false, offset: 0) => (CompactMatrix, Compact) = (matrix, map);

    /// <summary>The same values as another parameter of that shape: what a block of another index takes over.</summary>
    internal Weight As(Parameter parameter)
    {
        if (parameter.Rows != Rows || parameter.Columns != Columns) throw new ArgumentException($"[{Rows}, {Columns}] values are no {parameter.Name} of [{parameter.Rows}, {parameter.Columns}]", nameof(parameter));
        return CompactMatrix is null ? new Weight(parameter, _tensor, _map, _transposed, _offset) : new Weight(parameter, CompactMatrix, Compact!);
    }

    /// <summary>The matrix that is stored, or null where that is the whole weight.</summary>
    internal Weight? CompactMatrix { get; }

    /// <summary>Where its rows and columns belong, or null.</summary>
    internal CompactMap? Compact { get; }

    /// <summary>The parameter that this is.</summary>
    public Parameter Parameter { get; }

    /// <summary>How the file writes the numbers.</summary>
    public ElementType Type => _tensor.Type;

    /// <summary>Output channels (1 for a vector).</summary>
    public int Rows => Parameter.Rows;

    /// <summary>Input channels, or the length of a vector.</summary>
    public int Columns => Parameter.Columns;

    /// <summary>Bytes that the parameter takes in the file.</summary>
    public long ByteLength => CompactMatrix is not null ? _tensor.ByteLength : _tensor.ByteLength / _tensor.ElementCount * Parameter.Count
        + _tensor.ByteLength % _tensor.ElementCount * Parameter.Count / _tensor.ElementCount;

    /// <summary>Whether whole rows lie in the file as <see cref="Type"/> has them, so that they can be used in place.</summary>
    public bool HasStoredRows => CompactMatrix is null && !_transposed && _offset == 0 && (!Parameter.IsVector || _map.IsContiguous);

    /// <summary>Whether the rows also follow each other.</summary>
    public bool IsContiguous => HasStoredRows && _map.IsContiguous;

    /// <summary>What keeps the bytes mapped.</summary>
    internal object Owner => _tensor.Owner;

    /// <summary>First byte of a stored row.</summary>
    internal byte* StoredRow(int row)
    {
        if (Parameter.IsVector) return _tensor.Data + _map.Start * (long)Type.BlockBytes();
        return _tensor.Data + _map[row] * Type.RowBytes(Columns);
    }

    /// <summary>Says that the stored bytes are not needed for now; they can still be read.</summary>
    internal void Forget()
    {
        if (IsContiguous && Owner is MappedBytes mapped) mapped.Forget(StoredRow(0), ByteLength);
    }

    /// <summary>The same weight with its rows one after another in other memory. Only where <see cref="HasStoredRows"/>.</summary>
    /// <param name="target">The rows, copied already; they have to outlive the weight.</param>
    internal Weight At(byte* target)
    {
        long[] shape = [Rows, Columns];
        return new Weight(Parameter, new StoredTensor(_tensor.Name, Type, shape, target, Type.RowBytes(Columns) * Rows, Owner), default, transposed: false, offset: 0);
    }

    /// <summary>Decodes part of a row.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="column">First column; a multiple of the type's block length.</param>
    /// <param name="destination">[count] values; count is a multiple of the block length or reaches the row's end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part lies outside the parameter.</exception>
    /// <exception cref="ModelFormatException">The bytes of a row with positions or a table are damaged.</exception>
    public void Read(int row, int column, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column + destination.Length, Columns);
        if (CompactMatrix is not null) ReadCompact(row, column, destination);
        else if (Parameter.IsVector) ReadVector(column, destination);
        else if (_transposed) ReadStrided(row, column, destination);
        else if (SparseFormat.IsSparse(Type)) ReadSparse(row, column, destination);
        else if (TableFormat.IsTable(Type)) ReadTable(row, column, destination);
        else WeightCodec.Dequantize(Type, Bytes(_tensor.Data + _map[row] * Type.RowBytes(_tensor.Columns), column, destination.Length), destination);
        if (_offset != 0) foreach (ref var value in destination) value -= _offset;
    }

    /// <summary>The exception for a stored row whose bytes make no sense.</summary>
    internal ModelFormatException Damaged(int row, string problem) =>
        new((Owner as MappedBytes)?.Name ?? "the model in memory", _tensor.Name, $"row {_map[row]}: {problem}");

    /// <summary>Decodes the whole parameter.</summary>
    /// <returns>[rows · columns] values, row by row.</returns>
    public float[] ToArray()
    {
        var values = new float[checked(Rows * Columns)];
        for (var row = 0; row < Rows; row++) Read(row, 0, values.AsSpan(row * Columns, Columns));
        return values;
    }

    private void ReadSparse(int row, int column, Span<float> destination)
    {
        var stored = new ReadOnlySpan<byte>(StoredRow(row), checked((int)Type.RowBytes(Columns)));
        if (SparseRow.Decode(SparseFormat.Of(Type), stored, Columns, column, destination) is { } problem) throw Damaged(row, problem);
    }

    private void ReadTable(int row, int column, Span<float> destination)
    {
        var stored = new ReadOnlySpan<byte>(StoredRow(row), checked((int)Type.RowBytes(Columns)));
        if (TableRow.Decode(TableFormat.Of(Type), stored, Columns, column, destination) is { } problem) throw Damaged(row, problem);
    }

    private void ReadCompact(int row, int column, Span<float> destination)
    {
        destination.Clear();
        var index = Array.BinarySearch(Compact!.Rows, row);
        if (index < 0) return;
        var columns = Compact.Columns;
        var values = new float[columns.Length];
        CompactMatrix!.Read(index, 0, values);
        for (var i = 0; i < columns.Length; i++)
            if (columns[i] >= column && columns[i] < column + destination.Length) destination[columns[i] - column] = values[i];
    }

    private ReadOnlySpan<byte> Bytes(byte* row, int column, int count) =>
        new(row + Type.RowBytes(column), checked((int)Type.RowBytes(count)));

    private void ReadVector(int column, Span<float> destination)
    {
        if (_map.IsContiguous)
        {
            WeightCodec.Dequantize(Type, Bytes(_tensor.Data, _map.Start + column, destination.Length), destination);
            return;
        }

        for (var i = 0; i < destination.Length; i++)
            WeightCodec.Dequantize(Type, Bytes(_tensor.Data, _map[column + i], 1), destination.Slice(i, 1));
    }

    // Stored [inputs, outputs]: an output's weights lie a stored row apart.
    private void ReadStrided(int row, int column, Span<float> destination)
    {
        var stride = Type.RowBytes(_tensor.Columns);
        var first = _tensor.Data + Type.RowBytes(_map[row]) + column * stride;
        var size = Type.BlockBytes();
        for (var i = 0; i < destination.Length; i++)
            WeightCodec.Dequantize(Type, MemoryMarshal.CreateReadOnlySpan(ref first[i * stride], size), destination.Slice(i, 1));
    }
}
