using System.Text.Json;
using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>The loop over the blocks: each is decoded, changed by every pass in order, stored, and noted in the journal; a run that was stopped goes on behind the last block noted.</summary>
internal sealed class BlockRun : IDisposable
{
    private readonly Func<ParameterId, Weight?> _find;
    private readonly ModelGraph _graph;
    private readonly IReadOnlyList<IPass> _passes;
    private readonly IReadOnlyDictionary<ParameterId, ElementType> _formats;
    private readonly RecipeCalibration _calibration;
    private readonly IEditedModel? _edited;
    private readonly BlockJournal _journal;
    private readonly ComputePool _pool;
    private readonly CancellationToken _cancellation;
    private readonly WeightSpool _spool;
    private readonly Dictionary<ParameterId, CompactMap> _compact = [];

    /// <summary>Takes up what the journal holds.</summary>
    /// <param name="model">The model.</param>
    /// <param name="edited">What a pass over the whole model made of it, or null.</param>
    /// <param name="passes">All passes.</param>
    /// <param name="formats">The format of each changed parameter.</param>
    /// <param name="calibration">The windows.</param>
    /// <param name="journal">The state on disk.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="cancellation">Stops the run.</param>
    public BlockRun(Model model, IEditedModel? edited, IReadOnlyList<IPass> passes, IReadOnlyDictionary<ParameterId, ElementType> formats, RecipeCalibration calibration,
        BlockJournal journal, ComputePool pool, CancellationToken cancellation)
    {
        (_find, _edited, _passes, _formats, _calibration, _journal, _pool, _cancellation) = (edited is null ? model.FindWeight : edited.Find, edited, passes, formats, calibration, journal, pool, cancellation);
        _graph = edited is null ? model.Graph : new ModelGraph(edited.Config);
        _spool = new WeightSpool(journal, _graph, pool, cancellation);
        foreach (var weight in journal.Blocks.SelectMany(block => block.Weights))
            if (weight is { KeptRows: { } rows, KeptColumns: { } columns }) _compact.Add(weight.Id, new CompactMap(rows, columns));
        foreach (var block in journal.Blocks) Restore(block);
    }

    /// <summary>Does the blocks that are not done yet.</summary>
    /// <param name="progress">Told after every pass of every block.</param>
    /// <returns>What became of each changed parameter.</returns>
    public IReadOnlyList<CompressedParameter> Execute(IProgress<CompressionProgress>? progress)
    {
        var done = _journal.Blocks.Count;
        var changed = _journal.Blocks.SelectMany(block => block.Parameters).ToList();
        using var stream = _calibration.Windows is not { } windows || done > _calibration.LastBlock + 1 ? null : new CalibratedStream(_find, _graph, windows, _pool, _cancellation);
        if (done > 0) stream?.Load(_journal);
        else Survey(progress);
        var blocks = _graph.Config.Layers.Count + 1;
        for (var i = done; i < blocks; i++)
        {
            using var edit = Edit(i - 1);
            Change(edit, stream, i, blocks, progress);
            progress?.Report(new CompressionProgress("store", i, blocks, 0.8 * (i + 0.5) / blocks));
            var added = _graph.Parameters.Where(parameter => parameter.Id.Layer == i - 1 && _formats.ContainsKey(parameter.Id)).Select(parameter => Store(parameter, edit)).ToList();
            changed.AddRange(added);
            var isRead = stream is not null && i <= _calibration.LastBlock;
            if (isRead)
            {
                progress?.Report(new CompressionProgress("run", i, blocks, 0.8 * (i + 0.7) / blocks));
                stream!.Advance(edit, _spool, _compact);
            }

            _spool.Flush();
            var found = _passes.Select(pass => (pass as ICompressionPass)?.Found(i - 1)).ToList();
            _journal.Complete(new JournalBlock(i - 1, _spool.Length, _spool.Describe(i - 1, _compact), added, found, isRead), isRead ? stream!.Save : null);
        }

        _spool.Complete();
        return changed;
    }

    /// <summary>A parameter as the output has it.</summary>
    public WeightSource Outgoing(ParameterId id)
    {
        if (_spool.Find(id) is not { } stored) return new StoredWeight(_find(id)!);
        return _compact.TryGetValue(id, out var map) ? new CompactWeight(_graph.Get(id), stored, map) : stored;
    }

    /// <inheritdoc/>
    public void Dispose() => _spool.Dispose();

    // Shows the blocks as they are to the passes that have to see all of them before the first is changed.
    private void Survey(IProgress<CompressionProgress>? progress)
    {
        var surveying = _passes.OfType<ICompressionPass>().Where(pass => pass.SurveyNeeds != StatisticsKinds.None).ToList();
        if (surveying.Count == 0) return;
        using var statistics = new UnchangedStatistics(_graph, _find, _edited is null ? _calibration.Data! : new CalibrationData(_calibration.Windows!), _pool, _cancellation);
        for (var block = 0; block <= _calibration.LastBlock; block++)
        {
            using var edit = Edit(block);
            progress?.Report(new CompressionProgress("survey", block, _calibration.LastBlock + 1, 0));
            var sites = _graph.Sites.Where(site => site.Layer == block).ToList();
            var wanted = surveying.SelectMany(pass => sites.Where(site => pass.Changes.ContainsKey(site.Weight)).Select(site => (site.Input, pass.SurveyNeeds)))
                .GroupBy(need => need.Input).ToDictionary(needs => needs.Key, needs => needs.Aggregate(StatisticsKinds.None, (kinds, need) => kinds | need.SurveyNeeds));
            edit.SetStatistics(statistics.Of(block, wanted));
            foreach (var pass in surveying) pass.Survey(edit, _pool);
        }
    }

    private BlockEdit Edit(int block)
    {
        var edit = new BlockEdit(_find, _graph, block, _edited);
        foreach (var id in _edited?.Changes.Keys.Where(id => id.Layer == block) ?? []) edit.Values(id);
        return edit;
    }

    private void Restore(JournalBlock block)
    {
        try
        {
            for (var i = 0; i < _passes.Count; i++)
                if (block.Found[i] is { } found) ((ICompressionPass)_passes[i]).Restore(block.Block, found);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or InvalidCastException)
        {
            throw _journal.Damaged($"what a pass found in block {block.Block}: {e.Message}", e);
        }
    }

    private void Change(BlockEdit edit, CalibratedStream? stream, int i, int blocks, IProgress<CompressionProgress>? progress)
    {
        foreach (var pass in _passes.OfType<ICompressionPass>())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (pass.IsCalibrated && i > 0 && stream is not null)
            {
                progress?.Report(new CompressionProgress("calibrate", i, blocks, 0.8 * i / blocks));
                if (pass.Watch(edit, _calibration.Tokens) is { } stage) stream.Watch(edit, pass, stage);
                else if (pass.Needs != StatisticsKinds.None) stream.Gather(edit, pass, pass.Needs);
            }

            progress?.Report(new CompressionProgress(pass.Method, i, blocks, 0.8 * (i + 0.4) / blocks));
            pass.Apply(edit, _pool);
        }
    }

    private CompressedParameter Store(Parameter parameter, BlockEdit edit)
    {
        var format = _formats[parameter.Id];
        var outcome = edit.Outcome(parameter.Id);
        var (values, encoded) = (edit.ChangedValues(parameter.Id), edit.Encoded(parameter.Id));
        var methods = _passes.Where(pass => ChosenFormats.Changes(pass, _edited).ContainsKey(parameter.Id)).Select(pass => pass.Method);
        if (values is not null && encoded is null && _edited?.Changes.ContainsKey(parameter.Id) == true && !_calibration.Changes(parameter.Id) && _edited.Compact(parameter.Id) is { } kept)
        {
            var (map, smaller, part) = CompactCut.Of(parameter, values, kept, format);
            // What saves little is stored whole: indices and gathering cost something, too.
            if (smaller.Count <= parameter.Count - parameter.Count / 32)
            {
                _compact.Add(parameter.Id, map);
                (parameter, values) = (smaller, part);
            }
        }

        WeightSource source = encoded is not null ? new EncodedWeight(parameter, format, encoded) : values is null ? new StoredWeight(_find(parameter.Id)!) : new EditedWeight(parameter, values);
        var error = _spool.Add(source, format);
        return new CompressedParameter(parameter.Name, [.. methods], format, 8.0 * format.RowBytes(parameter.Columns) / parameter.Columns, error)
        {
            Sparsity = outcome?.Sparsity,
            OutputError = outcome?.OutputError,
            Damping = outcome?.Damping,
            IsDampingEscalated = outcome?.IsDampingEscalated ?? false,
            Group = outcome?.Group,
        };
    }
}
