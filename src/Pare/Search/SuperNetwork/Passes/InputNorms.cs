using System.Runtime.InteropServices;
using Pare.Models;

namespace Pare.Search;

/// <summary>Norms √Σx² of what the linear sites of a model read on a calibration text, which Wanda's scores weigh with.</summary>
public sealed class InputNorms
{
    private readonly Dictionary<(int Layer, SiteInput Input), float[]> _norms;

    internal InputNorms(Dictionary<(int Layer, SiteInput Input), float[]> norms) => _norms = norms;

    /// <summary>The norms of an input, [channels].</summary>
    /// <param name="layer">Block of the whole model.</param>
    /// <param name="input">The input.</param>
    /// <returns>The norms.</returns>
    public IReadOnlyList<float> Of(int layer, SiteInput input) => _norms[(layer, input)];

    /// <summary>The norms as a text.</summary>
    /// <returns>A line an input: block, input, and the numbers' bytes in Base64.</returns>
    public string ToText() => string.Join('\n', _norms.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key.Layer} {pair.Key.Input} {Convert.ToBase64String(MemoryMarshal.AsBytes<float>(pair.Value))}"));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <param name="text">The text.</param>
    /// <param name="config">The model that they have to fit.</param>
    /// <returns>The norms.</returns>
    /// <exception cref="ArgumentException">It is damaged, or of another model.</exception>
    public static InputNorms FromText(string text, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(config);
        try
        {
            var norms = text.Split('\n').Select(line => line.Split(' ')).ToDictionary(
                parts => (int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), Enum.Parse<SiteInput>(parts[1])), parts => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(parts[2])).ToArray());
            foreach (var site in new ModelGraph(config).Sites)
                if (norms[(site.Layer, site.Input)].Length != site.Columns) throw new FormatException($"{site.Name} reads {site.Columns} channels");
            return new InputNorms(norms);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or KeyNotFoundException or OverflowException)
        {
            throw new ArgumentException($"the norms of inputs are damaged or of another model: {e.Message}", nameof(text), e);
        }
    }
}
