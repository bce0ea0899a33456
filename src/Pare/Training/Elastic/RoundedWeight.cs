using Pare.Formats;
using Pare.Models.Writing;

namespace Pare.Training;

/// <summary>Values that a format has room for, given as float32: what a model of that format computes with, without being stored in it.</summary>
internal sealed class RoundedWeight(WeightSource inner, ElementType format) : WeightSource(inner.Parameter)
{
    public override ElementType Type => ElementType.F32;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("rounded rows are not stored");

    public override void Read(int row, Span<float> destination)
    {
        inner.Read(row, destination);
        var bytes = new byte[format.RowBytes(destination.Length)];
        WeightCodec.Quantize(format, destination, bytes);
        WeightCodec.Dequantize(format, bytes, destination);
    }
}
