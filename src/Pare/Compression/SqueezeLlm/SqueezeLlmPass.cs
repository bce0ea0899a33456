using Pare.Calibration;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as indices into tables, a table a row.</summary>
internal sealed class SqueezeLlmPass(SqueezeLlmOptions options, Model model, ModelGraph graph, string path) : SitePass(graph, options.Sites, options.Format.Type, path), IPreparedPass
{
    private const int PartsPerThread = 4;
    private StatisticsFolder? _kept;

    public override string Method => SqueezeLlmOptions.MethodName;

    public override StatisticsKinds Needs => options.Importance == ErrorImportance.Inputs ? StatisticsKinds.Channels : StatisticsKinds.None;

    public bool NeedsPreparation => options.Importance == ErrorImportance.Fisher;

    public bool IsCalibrated => options.Importance != ErrorImportance.None;

    public bool SeesBlocks => Needs != StatisticsKinds.None;

    public ModelPassPlan PlanPreparation(long tokens)
    {
        var weights = Sites.Sum(site => site.WeightCount);
        var passes = FisherDiagonal.Passes(Sites, FisherDiagonal.DefaultBytes).Count;
        var memory = model.Graph.Parameters.Sum(parameter => parameter.Count) * sizeof(float) + Math.Min(weights * sizeof(float), FisherDiagonal.DefaultBytes) + Sites.Max(site => site.WeightCount) * sizeof(float);
        // Forward, twice as much back, and a site's gradient.
        return new ModelPassPlan(memory, weights * sizeof(float), 0, [$"{passes} passes forward and backward over {tokens} tokens for the Fisher information"])
        {
            Operations = passes * 8.0 * tokens * weights,
        };
    }

    public void Prepare(string workFolder, CalibrationData calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        _kept = calibration.Kept ?? new StatisticsFolder(Path.Combine(workFolder, "fisher"), model.Path, calibration.Windows);
        FisherDiagonal.Find(
            model, Sites, calibration with { Kept = _kept }, pool, FisherDiagonal.DefaultBytes, share => progress?.Report(new CompressionProgress("fisher information", 0, 0, share)), cancellation);
    }

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var site in sites)
        {
            var inputs = options.Importance == ErrorImportance.Inputs ? block.Statistics(site.Input).SquareSums.ToArray() : [];
            var fisher = options.Importance == ErrorImportance.Fisher ? _kept!.ReadFisher(site) : null;
            var bytes = new byte[checked(options.Format.RowBytes(site.Columns) * site.Rows)];
            var parts = Math.Min(site.Rows, PartsPerThread * pool.Threads);
            pool.For(parts, new Rows(options.Format, site, block.Values(site.Weight), inputs, fisher, bytes, parts));
            block.StoreEncoded(site.Weight, options.Format.Type, bytes);
        }
    }

    private readonly struct Rows(TableFormat format, LinearSite site, float[] values, double[] inputs, float[]? fisher, byte[] bytes, int parts) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var encoder = new TableRowEncoder(format, site.Columns);
            var size = (int)format.RowBytes(site.Columns);
            var importance = fisher is null ? inputs : new double[site.Columns];
            var last = (int)((part + 1L) * site.Rows / parts);
            for (var row = (int)((long)part * site.Rows / parts); row < last; row++)
            {
                if (fisher is not null)
                    for (var i = 0; i < importance.Length; i++) importance[i] = fisher[row * site.Columns + i];
                try
                {
                    encoder.Encode(values.AsSpan(row * site.Columns, site.Columns), importance, bytes.AsSpan(row * size, size));
                }
                catch (ArgumentException exception)
                {
                    throw new ExportException($"storing row {row} of {site.Name} as {format}: {exception.Message}");
                }
            }
        }
    }
}
