using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Tests.Models;

public sealed class TensorComposerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(1000)]
    public void A_matrix_is_transposed_the_same_in_bands_of_any_size(int mostTransposed)
    {
        const int Rows = 5, Columns = 7;
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = Rows, Columns = Columns, IsVector = false, Name = "w" };
        var storage = new StorageTensor { Name = "w", Rows = Rows, Columns = Columns, IsVector = false, Transposed = true, Offset = 0, Parts = [new StoragePart(parameter, default)] };
        using var pool = new ComputePool(1);
        var tensor = new TensorComposer(pool, CancellationToken.None, mostTransposed).Compose(storage, [new Numbered(parameter)], ElementType.F32);
        using var stream = new MemoryStream();

        tensor.WriteTo(stream);

        Assert.Equal([Columns, Rows], tensor.Shape);
        var expected = Enumerable.Range(0, Columns).SelectMany(c => Enumerable.Range(0, Rows).Select(r => 100f * r + c));
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(stream.ToArray()).ToArray());
    }

    /// <summary>The value at row r and column c is 100 r + c.</summary>
    private sealed class Numbered(Parameter parameter) : WeightSource(parameter)
    {
        public override ElementType Type => ElementType.F32;

        public override bool HasStoredRows => false;

        public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException();

        public override void Read(int row, Span<float> destination)
        {
            for (var c = 0; c < destination.Length; c++) destination[c] = 100f * row + c;
        }
    }
}
