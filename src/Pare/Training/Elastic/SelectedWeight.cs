using System.Buffers;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Training;

/// <summary>Some rows and columns of a parameter. With all columns, rows stay as they are stored.</summary>
/// <param name="parameter">The smaller parameter.</param>
/// <param name="inner">The whole one.</param>
/// <param name="rows">Row behind each row; a vector has one.</param>
/// <param name="columns">Column behind each column, or null for all of them as they are.</param>
internal sealed class SelectedWeight(Parameter parameter, WeightSource inner, int[] rows, int[]? columns) : WeightSource(parameter)
{
    /// <summary>A block format is kept with its blocks; encoding others again could change values, so those become F32.</summary>
    public override ElementType Type => columns is null || (!inner.Type.IsBlockFormat() && WeightCodec.CanWrite(inner.Type)) ? inner.Type : ElementType.F32;

    public override bool HasStoredRows => columns is null && inner.HasStoredRows;

    public override ReadOnlySpan<byte> StoredRow(int row) => inner.StoredRow(rows[row]);

    public override void Read(int row, Span<float> destination)
    {
        if (columns is null)
        {
            inner.Read(rows[row], destination);
            return;
        }

        var length = inner.Parameter.Columns;
        var values = ArrayPool<float>.Shared.Rent(length);
        inner.Read(rows[row], values.AsSpan(0, length));
        for (var i = 0; i < columns.Length; i++) destination[i] = values[columns[i]];
        ArrayPool<float>.Shared.Return(values);
    }
}
