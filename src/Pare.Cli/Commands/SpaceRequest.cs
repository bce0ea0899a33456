using System.Globalization;
using Pare.Models;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>The options of <c>pare search</c> that say what may be chosen: numbers, or shares of what the model has.</summary>
internal sealed record SpaceRequest
{
    // Rows of block formats are whole numbers of blocks of 32.
    private const int Block = 32;

    public IReadOnlyList<string> Depths { get; init; } = [];

    public IReadOnlyList<string> Ffn { get; init; } = [];

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<string> Heads { get; init; } = [];

    public IReadOnlyList<string> HeadSizes { get; init; } = [];

    public IReadOnlyList<string> Hidden { get; init; } = [];

    public IReadOnlyList<string> Formats { get; init; } = [];

    public IReadOnlyList<string> Patterns { get; init; } = [];

    public IReadOnlyList<string> Thresholds { get; init; } = [];

    public bool IsShared { get; init; }

    /// <summary>The options with numbers for shares. Where nothing was asked for: the upper third of the depths, and each layer's neurons in quarters.</summary>
    /// <exception cref="UsageException">A value is no number, or not in the model.</exception>
    public SubNetworkSpaceOptions Resolve(ModelConfig config)
    {
        var request = this;
        if (((IReadOnlyList<string>[])[Depths, Ffn, Groups, Heads, HeadSizes, Hidden, Formats, Patterns, Thresholds]).All(list => list.Count == 0))
        {
            var layers = config.Layers.Count;
            var least = (2 * layers + 2) / 3;
            request = this with { Depths = [.. Enumerable.Range(least, layers - least + 1).Select(depth => depth.ToString(CultureInfo.InvariantCulture))], Ffn = ["0.25", "0.5", "0.75", "1.0"] };
        }

        var layer = config.Layers[0];
        return new SubNetworkSpaceOptions
        {
            Depths = Numbers("--depths", request.Depths, config.Layers.Count, 1),
            FfnSizes = Numbers("--ffn", request.Ffn, config.Layers.Max(one => one.FfnSize), Block),
            KeyValueHeads = Numbers("--groups", request.Groups, layer.KeyValueHeads, 1),
            HeadsPerGroup = Numbers("--heads", request.Heads, layer.KeyValueHeads == 0 ? 0 : layer.Heads / layer.KeyValueHeads, 1),
            HeadSizes = Numbers("--head-sizes", request.HeadSizes, layer.HeadSize, 2),
            HiddenSizes = Numbers("--hidden", request.Hidden, config.HiddenSize, Block),
            Formats = [.. request.Formats.Select(name => FormatName.Parse("--formats", name)).Distinct()],
            Patterns = [.. request.Patterns.Distinct()],
            Thresholds = [.. request.Thresholds.Select(Level).Distinct()],
            IsPerLayer = !IsShared,
        };
    }

    private static double Level(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var level) && level is >= 0 and < 1 ? level
        : throw new UsageException($"--thresholds {text}: expected shares of at least 0 and below 1, such as 0,0.3,0.5");

    // A number with a point is a share; shares are rounded to whole steps, but never to nothing.
    private static IReadOnlyList<int> Numbers(string option, IReadOnlyList<string> texts, int whole, int step)
    {
        return [.. texts.Select(Number).Distinct().Order()];

        int Number(string text)
        {
            var isShare = text.Contains('.', StringComparison.Ordinal);
            if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || (isShare && value > 1) || (!isShare && value > whole) || value <= 0)
                throw new UsageException($"{option} {text}: expected whole numbers from 1 to {whole}, or shares such as 0.5 from above 0 to 1.0");
            if (!isShare) return (int)value;
            if (value == 1) return whole;
            return Math.Max(Math.Min(step, whole), (int)Math.Round(value * whole / step) * step);
        }
    }
}
