using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Compression;

/// <summary>A parameter whose values passes have changed, in memory.</summary>
internal sealed class EditedWeight(Parameter parameter, float[] values) : WeightSource(parameter)
{
    public override ElementType Type => ElementType.F32;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("changed values are not stored yet");

    public override void Read(int row, Span<float> destination) => values.AsSpan(row * Parameter.Columns, Parameter.Columns).CopyTo(destination);
}
