using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rounds groups of neighbouring weights of a row as a block format would store them, or onto the grid of the group's minimum and maximum.</summary>
internal sealed class GroupRounding
{
    private readonly ElementType _format;
    private readonly int? _bits;
    private readonly int _group;

    /// <summary>For a format, or for a grid.</summary>
    /// <param name="format">The format; or null.</param>
    /// <param name="bits">Bits of the grid; or null.</param>
    /// <param name="group">Weights of a group of the grid; 0 takes the whole row.</param>
    public GroupRounding(ElementType? format, int? bits, int group) => (_format, _bits, _group) = (format ?? ElementType.F32, bits, group);

    /// <summary>Weights that are rounded together in rows of a length.</summary>
    public int Length(int columns) => _bits is null ? WeightCodec.Fallback(_format, columns).BlockLength() : _group == 0 ? columns : Math.Min(_group, columns);

    /// <summary>Rounds a matrix in place.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="values">[rows, columns].</param>
    /// <param name="columns">Columns.</param>
    public void Round(ComputePool pool, float[] values, int columns) => pool.For(values.Length / columns, new Rows(this, values, columns));

    /// <summary>Rounds one group in place.</summary>
    /// <param name="group">At most <see cref="Length"/> weights.</param>
    /// <param name="columns">Columns of the matrix.</param>
    public void RoundGroup(Span<float> group, int columns)
    {
        if (_bits is { } bits)
        {
            var grid = AsymmetricGrid.Of(group, bits);
            foreach (ref var value in group) value = grid.Round(value);
            return;
        }

        var format = WeightCodec.Fallback(_format, columns);
        Span<byte> bytes = stackalloc byte[(int)format.RowBytes(group.Length)];
        WeightCodec.Quantize(format, group, bytes);
        WeightCodec.Dequantize(format, bytes, group);
    }

    private readonly struct Rows(GroupRounding rounding, float[] values, int columns) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = values.AsSpan(part * columns, columns);
            var length = rounding.Length(columns);
            for (var start = 0; start < columns; start += length) rounding.RoundGroup(row.Slice(start, Math.Min(length, columns - start)), columns);
        }
    }
}
