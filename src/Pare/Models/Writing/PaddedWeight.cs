using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>A parameter that is larger than what the model has; rows and columns that are new hold a constant.</summary>
/// <param name="parameter">The larger parameter.</param>
/// <param name="inner">What the model has, or null where all of it is new.</param>
/// <param name="rows">Row of <paramref name="inner"/> behind each row, −1 for a new one; for a vector there is one row.</param>
/// <param name="columns">Column of <paramref name="inner"/> behind each column, −1 for a new one.</param>
/// <param name="fill">Value of what is new.</param>
internal sealed class PaddedWeight(Parameter parameter, WeightSource? inner, int[] rows, int[] columns, float fill) : WeightSource(parameter)
{
    /// <summary>A plain type is kept; encoding a block format again could change values, so those become F32.</summary>
    public override ElementType Type => inner is null || inner.Type.IsBlockFormat() || !WeightCodec.CanWrite(inner.Type) ? ElementType.F32 : inner.Type;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("padded rows are not stored");

    public override void Read(int row, Span<float> destination)
    {
        destination.Fill(fill);
        if (inner is null || rows[row] < 0) return;
        var values = new float[inner.Parameter.Columns];
        inner.Read(rows[row], values);
        for (var column = 0; column < destination.Length; column++)
        {
            if (columns[column] >= 0) destination[column] = values[columns[column]];
        }
    }
}
