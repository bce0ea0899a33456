using Pare.Formats;
using Pare.Numerics;

namespace Pare.Models;

/// <summary>Rows of random weights in any format, for measurements that need a shape and no training.</summary>
/// <param name="seed">Seed of the weights, which are normal with deviation 0.02.</param>
internal sealed unsafe class RandomRows(ulong seed)
{
    // Rows that are encoded per row length and format; the others repeat them, so that making a large matrix takes no time in any format.
    private const int DifferentRows = 64;

    private readonly SeededRandom _random = new(seed);
    private readonly Dictionary<(int Columns, ElementType Type), byte[][]> _made = [];

    /// <summary>Fills a matrix.</summary>
    /// <param name="data">[rows · bytes of a row].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns; whole blocks of the format.</param>
    /// <param name="type">Format.</param>
    public void Fill(byte* data, long rows, int columns, ElementType type)
    {
        if (!_made.TryGetValue((columns, type), out var different)) _made.Add((columns, type), different = Encode(columns, type));
        for (var row = 0L; row < rows; row++)
        {
            var source = different[_random.NextInt(different.Length)];
            source.CopyTo(new Span<byte>(data + row * source.Length, source.Length));
        }
    }

    private byte[][] Encode(int columns, ElementType type)
    {
        var values = new float[columns];
        var rows = new byte[DifferentRows][];
        for (var i = 0; i < rows.Length; i++)
        {
            foreach (ref var value in values.AsSpan()) value = (float)(0.02 * _random.NextGaussian());
            rows[i] = new byte[type.RowBytes(columns)];
            WeightCodec.Quantize(type, values, rows[i]);
        }

        return rows;
    }
}
