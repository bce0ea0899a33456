using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Training;

/// <summary>A trained parameter as it is written: row by row from the model, low-rank correction included.</summary>
internal sealed class TrainedWeight(Parameter parameter, TrainableModel model) : WeightSource(parameter)
{
    public override ElementType Type => ElementType.F32;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("trained values are not stored yet");

    public override void Read(int row, Span<float> destination) => model.Read(Parameter.Id, row, destination);
}
