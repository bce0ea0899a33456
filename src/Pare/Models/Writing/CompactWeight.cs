using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>A matrix of which only some rows and columns are written, with their indices; the others are 0.</summary>
/// <param name="parameter">The whole parameter.</param>
/// <param name="stored">The smaller matrix.</param>
/// <param name="map">Where its rows and columns belong.</param>
internal sealed class CompactWeight(Parameter parameter, WeightSource stored, CompactMap map) : WeightSource(parameter)
{
    private readonly float[] _row = new float[map.Columns.Length];

    /// <summary>The smaller matrix.</summary>
    public WeightSource Inner => stored;

    /// <summary>Where its rows and columns belong.</summary>
    public CompactMap Map => map;

    public override Parameter Stored => stored.Parameter;

    public override ElementType Type => stored.Type;

    public override bool HasStoredRows => false;

    public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException("rows of a compact matrix are not stored whole");

    public override void Read(int row, Span<float> destination)
    {
        destination.Clear();
        var index = Array.BinarySearch(map.Rows, row);
        if (index < 0) return;
        stored.Read(index, _row);
        for (var i = 0; i < _row.Length; i++) destination[map.Columns[i]] = _row[i];
    }
}
