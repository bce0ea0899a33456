using Pare.Compression;
using Pare.Formats;
using Pare.Models.Writing;

namespace Pare.Search;

/// <summary>A parameter of which N of every M consecutive inputs of a row are kept: those of largest |w| · norm of the input.</summary>
/// <param name="inner">The whole parameter; its columns are whole blocks.</param>
/// <param name="kept">N.</param>
/// <param name="block">M.</param>
/// <param name="norms">[columns]: norms of the inputs; null counts all alike.</param>
internal sealed class PrunedWeight(WeightSource inner, int kept, int block, float[]? norms) : WeightSource(inner.Parameter)
{
    // Blocks of a stored format would have to be found anew.
    public override ElementType Type => inner.Type.IsBlockFormat() ? ElementType.F32 : inner.Type;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("pruned rows are not stored");

    public override void Read(int row, Span<float> destination)
    {
        inner.Read(row, destination);
        Span<float> scores = stackalloc float[block];
        for (var start = 0; start < destination.Length; start += block)
        {
            var values = destination.Slice(start, block);
            for (var i = 0; i < block; i++) scores[i] = Math.Abs(values[i]) * (norms is null ? 1 : norms[start + i]);
            WeightRemoval.SmallestOfBlock(values, scores, kept);
        }
    }
}
