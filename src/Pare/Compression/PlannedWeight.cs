using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Compression;

/// <summary>A parameter of which only the format is known yet.</summary>
internal sealed class PlannedWeight(Parameter parameter, ElementType type) : WeightSource(parameter)
{
    public override ElementType Type => type;

    public override bool HasStoredRows => true;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("planned values do not exist yet");

    public override void Read(int row, Span<float> destination) => throw new InvalidOperationException("planned values do not exist yet");
}
