using System.Globalization;
using Pare.Compression;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;

namespace Pare.Search;

/// <summary>The choices of SDQ as a search space: M, N, outliers, both parts' numbers, both metrics, and whether one sweep removes and rounds.</summary>
public static class SdqSpace
{
    private const string None = "none";
    private static readonly IReadOnlyList<string> s_numbers = [.. Enum.GetValues<NumberFormat>().Where(format => NumberGrid.Of(format).IsSigned).Select(NumberFormats.Name)];
    private static readonly IReadOnlyList<string> s_metrics = [.. Enum.GetValues<SdqMetric>().Select(SdqOptions.Name)];

    /// <summary>The space. Not every point of it is a legal configuration: <see cref="ToOptions"/> refuses the others.</summary>
    public static SearchSpace Space { get; } = new(
    [
        SearchDimension.Ordered("block", Enumerable.Range(2, SparseFormat.LargestBlock - 1)),
        SearchDimension.Ordered("kept", Enumerable.Range(1, SparseFormat.LargestBlock)),
        SearchDimension.Ordered("outliers", Enumerable.Range(0, SparseFormat.LargestBlock)),
        SearchDimension.Categorical("inlierFormat", s_numbers),
        SearchDimension.Categorical("outlierFormat", [None, .. s_numbers]),
        SearchDimension.Categorical("metric", s_metrics),
        SearchDimension.Categorical("outlierMetric", [None, .. s_metrics]),
        SearchDimension.Categorical("joint", "false", "true"),
    ]);

    /// <summary>The point of a configuration; its sites and damping are not part of it.</summary>
    /// <param name="options">The configuration.</param>
    /// <returns>The candidate.</returns>
    public static Candidate Of(SdqOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (format, outliers) = (options.Format, options.Format.Outliers);
        string[] values =
        [
            Text(format.Block), Text(format.Kept), Text(outliers?.Kept ?? 0), format.Inliers.Numbers.Name(), outliers?.Numbers.Name() ?? None,
            SdqOptions.Name(options.Metric), outliers is null ? None : SdqOptions.Name(options.OutlierMetric), options.Joint ? "true" : "false",
        ];
        return Space.Create([.. values.Select((value, i) => (double)Space.Dimensions[i].Values.ToList().IndexOf(value))]);
    }

    /// <summary>The configuration of a point.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="ArgumentException">The numbers do not go together.</exception>
    public static SdqOptions ToOptions(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var values = Enumerable.Range(0, Space.Dimensions.Count).Select(i => Space.ValueAt(candidate, i)).ToArray();
        var (block, kept, outliers) = (Number(values[0]), Number(values[1]), Number(values[2]));
        if (outliers > 0 == (values[4] == None)) throw new ArgumentException($"{outliers} outliers with numbers '{values[4]}' are no configuration", nameof(candidate));
        var second = outliers == 0 ? (SparsePart?)null : new SparsePart(outliers, Numbers(values[4]));
        var options = new SdqOptions
        {
            Format = new SparseFormat(block, new SparsePart(kept - outliers, Numbers(values[3])), second),
            Metric = Metric(values[5]),
            OutlierMetric = values[6] == None ? Metric(values[5]) : Metric(values[6]),
            Joint = values[7] == "true",
        };
        options.Check((key, problem) => throw new ArgumentException($"{key}: {problem}", nameof(candidate)));
        return options;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static NumberFormat Numbers(string name) => NumberFormats.TryParse(name, out var format) ? format : throw new ArgumentException($"'{name}' is no number format");

    private static SdqMetric Metric(string name) => Enum.GetValues<SdqMetric>()[s_metrics.ToList().IndexOf(name)];
}
