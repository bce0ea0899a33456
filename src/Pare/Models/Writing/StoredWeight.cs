using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>A parameter written from a model's file, unchanged.</summary>
internal sealed class StoredWeight(Weight weight) : WeightSource(weight.Parameter)
{
    public override ElementType Type => weight.Type;

    public override bool HasStoredRows => weight.HasStoredRows;

    public override unsafe ReadOnlySpan<byte> StoredRow(int row) =>
        new(weight.StoredRow(row), checked((int)weight.Type.RowBytes(weight.Columns)));

    public override void Read(int row, Span<float> destination) => weight.Read(row, 0, destination);
}
