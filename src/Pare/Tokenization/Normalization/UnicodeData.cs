using System.Globalization;

namespace Pare.Tokenization;

/// <summary>Decompositions and combining classes of the Unicode Character Database, read from the embedded table at first use.</summary>
internal sealed class UnicodeData
{
    private static readonly Lazy<UnicodeData> Lazily = new(() => new UnicodeData());

    private readonly Dictionary<int, byte> _classes = [];

    private UnicodeData()
    {
        using var stream = typeof(UnicodeData).Assembly.GetManifestResourceStream("Pare.Tokenization.UnicodeData.txt")
            ?? throw new InvalidOperationException("the embedded table UnicodeData.txt is missing from the assembly");
        using var reader = new StreamReader(stream);
        var excluded = new HashSet<int>();
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            var mark = line.AsSpan().IndexOfAny("=~:!");
            switch (line[mark])
            {
                case '=':
                    Canonical[Hex(line.AsSpan(0, mark))] = Parts(line[(mark + 1)..]);
                    break;
                case '~':
                    Compatible[Hex(line.AsSpan(0, mark))] = Parts(line[(mark + 1)..]);
                    break;
                case '!':
                    excluded.Add(Hex(line.AsSpan(1)));
                    break;
                default:
                    AddClasses(line.AsSpan(0, mark), byte.Parse(line.AsSpan(mark + 1), CultureInfo.InvariantCulture));
                    break;
            }
        }

        foreach (var (rune, parts) in Canonical)
        {
            if (parts.Length == 2 && !excluded.Contains(rune)) Compositions[(parts[0], parts[1])] = rune;
        }
    }

    /// <summary>The table.</summary>
    public static UnicodeData Instance => Lazily.Value;

    /// <summary>Canonical decompositions, one step.</summary>
    public Dictionary<int, int[]> Canonical { get; } = [];

    /// <summary>Compatibility decompositions, one step.</summary>
    public Dictionary<int, int[]> Compatible { get; } = [];

    /// <summary>Pairs that compose.</summary>
    public Dictionary<(int First, int Second), int> Compositions { get; } = [];

    /// <summary>Canonical combining class; 0 for a starter.</summary>
    public int CombiningClass(int rune) => rune < 0x300 ? 0 : _classes.GetValueOrDefault(rune);

    private static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int[] Parts(string text) => Array.ConvertAll(text.Split(' '), part => Hex(part));

    private void AddClasses(ReadOnlySpan<char> range, byte value)
    {
        var dash = range.IndexOf('-');
        for (var rune = Hex(range[..dash]); rune <= Hex(range[(dash + 1)..]); rune++) _classes[rune] = value;
    }
}
