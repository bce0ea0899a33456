using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Compression;

/// <summary>A parameter that a pass has encoded itself.</summary>
internal sealed class EncodedWeight(Parameter parameter, ElementType type, byte[] bytes) : WeightSource(parameter)
{
    public override ElementType Type => type;

    public override bool HasStoredRows => true;

    public override ReadOnlySpan<byte> StoredRow(int row)
    {
        var size = checked((int)type.RowBytes(Parameter.Columns));
        return bytes.AsSpan(row * size, size);
    }

    public override void Read(int row, Span<float> destination) => WeightCodec.Dequantize(type, StoredRow(row), destination);
}
