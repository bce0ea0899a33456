using System.Globalization;

namespace Pare.Formats.Tables;

/// <summary>Rows with a table of 8 or 16 numbers of their own and an index into it for every weight, and a share of the weights as they are (dense and sparse): what an <see cref="ElementType"/> in its range stands for.</summary>
/// <remarks>
/// Written as <c>lut4</c>, or <c>lut3+0.45%</c> with the share of a row's weights, rounded up to whole ones, that are stored beside it.
/// A row is: the table, F16; the indices, 3 or 4 bits each, filling bytes from the lowest bit on; then for each weight that is stored as it is its column (16 bits, ascending) and its value (F16), which takes the place of the table's.
/// </remarks>
public sealed record TableFormat
{
    /// <summary>The largest share, in hundredths of a percent.</summary>
    public const int LargestShare = 1000;

    /// <summary>Most columns of a row with weights beside the table.</summary>
    public const int MostColumns = 1 << 16;

    // The number of a type: this, and fields of bits and share.
    private const int FirstNumber = 1 << 25;
    private const int ShareBits = 12;

    /// <summary>Describes a format.</summary>
    /// <param name="bits">3 or 4.</param>
    /// <param name="share">Share of the weights that are stored beside the table, in hundredths of a percent, 0 to <see cref="LargestShare"/>.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public TableFormat(int bits, int share = 0)
    {
        if (bits is not (3 or 4)) throw new ArgumentException($"tables of {bits} bits are not stored; expected 3 or 4", nameof(bits));
        if (share is < 0 or > LargestShare) throw new ArgumentException($"{share / 100.0} % of the weights beside a table are not stored; expected 0 to {LargestShare / 100} %", nameof(share));
        (Bits, Share) = (bits, share);
    }

    /// <summary>Bits of an index.</summary>
    public int Bits { get; }

    /// <summary>Share of the weights beside the table, in hundredths of a percent.</summary>
    public int Share { get; }

    /// <summary>Numbers in a table.</summary>
    public int Entries => 1 << Bits;

    /// <summary>The element type that stands for the format.</summary>
    public ElementType Type => (ElementType)(FirstNumber | Bits << ShareBits | Share);

    /// <summary>Whether a type stands for a table format.</summary>
    /// <param name="type">An element type.</param>
    /// <returns>True where <see cref="Of"/> may be asked.</returns>
    public static bool IsTable(ElementType type) => (int)type >= FirstNumber;

    /// <summary>The format that a type stands for.</summary>
    /// <param name="type">A type for which <see cref="IsTable"/> holds.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException">The type stands for none.</exception>
    public static TableFormat Of(ElementType type)
    {
        var fields = (int)type - FirstNumber;
        return fields >= 0 && fields < 1 << ShareBits + 3 ? new TableFormat(fields >> ShareBits, fields & (1 << ShareBits) - 1) : throw new ArgumentException($"element type {(int)type} is no table format", nameof(type));
    }

    /// <summary>Reads a name such as <c>lut3+0.45%</c>.</summary>
    /// <param name="name">The name, in either case.</param>
    /// <param name="format">The format, where the name is one.</param>
    /// <returns>Whether it is.</returns>
    public static bool TryParse(string name, out TableFormat? format)
    {
        ArgumentNullException.ThrowIfNull(name);
        format = null;
        var texts = name.Split('+');
        if (texts.Length > 2 || texts[0].ToLowerInvariant() is not ("lut3" or "lut4")) return false;
        var share = 0m;
        if (texts.Length == 2 && !(texts[1].EndsWith('%') && decimal.TryParse(texts[1][..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share))) return false;
        if (share * 100 != decimal.Floor(share * 100) || share * 100 > LargestShare || (texts.Length == 2 && share == 0)) return false;
        format = new TableFormat(texts[0][^1] - '0', (int)(share * 100));
        return true;
    }

    /// <summary>Weights of a row that are stored beside the table.</summary>
    /// <param name="columns">Columns of the row.</param>
    /// <returns>columns · share, rounded up.</returns>
    public int Outliers(long columns) => checked((int)((columns * Share + 9999) / 10000));

    /// <summary>Bytes of a row.</summary>
    /// <param name="columns">Columns; with a share, at most <see cref="MostColumns"/>.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="ArgumentException">There are too many columns.</exception>
    public long RowBytes(long columns)
    {
        if (columns < 0 || (Share > 0 && columns > MostColumns)) throw new ArgumentException($"a row of {columns} elements cannot have weights beside its table ({this}); expected at most {MostColumns}", nameof(columns));
        return IndexEnd(columns) + Outliers(columns) * (long)(sizeof(ushort) + sizeof(ushort));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"lut{Bits}") + (Share > 0 ? string.Create(CultureInfo.InvariantCulture, $"+{Share / 100m:0.##}%") : "");

    /// <summary>Bytes of the table.</summary>
    internal int TableBytes => Entries * sizeof(ushort);

    /// <summary>Behind the last byte of the indices.</summary>
    internal long IndexEnd(long columns) => TableBytes + checked(columns * Bits + 7) / 8;
}
