using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Takes the calibration windows through the blocks behind the compression: a pass sees the inputs that the compressed blocks before it give.</summary>
internal sealed class CalibratedStream(Func<ParameterId, Weight?> find, ModelGraph graph, TokenWindows windows, ComputePool pool, CancellationToken cancellation) : IDisposable
{
    private BlockStream? _stream;

    /// <summary>Gathers what a pass has to know of the block as it stands.</summary>
    /// <param name="edit">The block.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="kinds">What it has to know.</param>
    /// <exception cref="CalibrationException">An input is not a finite number.</exception>
    public void Gather(BlockEdit edit, ICompressionPass pass, StatisticsKinds kinds)
    {
        var sites = graph.Sites.Where(site => site.Layer == edit.Block && pass.Changes.ContainsKey(site.Weight)).ToList();
        if (sites.Count == 0) return;
        var gatherer = new StatisticsGatherer(pool, sites.Select(site => site.Input).Distinct().ToDictionary(input => input, _ => kinds));
        // The statistics of an earlier pass make room, and the edit disposes of the new ones whatever happens.
        edit.SetStatistics(gatherer.Inputs);
        using (var block = new DecoderBlock(graph.Config, edit.Block, edit.Find)) _stream!.Observe(block, edit.Block, gatherer, cancellation);
        gatherer.Complete(sites);
    }

    /// <summary>Shows a pass the activations of the block as it stands, and lets it try things.</summary>
    /// <param name="edit">The block.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="stage">What the pass looks with.</param>
    public void Watch(BlockEdit edit, ICompressionPass pass, IActivationStage stage)
    {
        using var block = new DecoderBlock(graph.Config, edit.Block, edit.Find);
        _stream!.Watch(block, edit.Block, stage, cancellation);
        pass.Try(edit, new BlockTrial(_stream, block, edit.Block, cancellation), pool);
    }

    /// <summary>Takes the windows through a block whose weights are stored; block −1 is the embedding.</summary>
    /// <param name="edit">The block.</param>
    /// <param name="spool">The weights that changed, as they are stored.</param>
    /// <param name="compact">Those that are stored without their empty rows and columns: the block itself holds them whole.</param>
    public void Advance(BlockEdit edit, WeightSpool spool, IReadOnlyDictionary<ParameterId, CompactMap> compact)
    {
        using var view = spool.View();
        if (edit.Block < 0)
        {
            _stream = new BlockStream(graph.Config, windows, pool, Find);
            return;
        }

        using var block = new DecoderBlock(graph.Config, edit.Block, Find);
        _stream!.Advance(block, edit.Block, cancellation);

        Weight? Find(ParameterId id) => compact.ContainsKey(id) ? edit.Find(id) : spool.FindWeight(id, view) ?? find(id);
    }

    /// <summary>Writes the windows as they stand to a file.</summary>
    public void Save(Stream file) => _stream!.Save(file);

    /// <summary>Takes up the windows behind the last block that a stopped run did.</summary>
    /// <exception cref="RecipeException">They are missing, or of another size.</exception>
    public void Load(BlockJournal journal)
    {
        if (journal.StreamPath is not { } path || !File.Exists(path)) throw journal.Damaged("the calibration windows behind the last block are missing");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        if (file.Length != BlockStream.FileBytes(graph.Config, windows)) throw journal.Damaged($"{Path.GetFileName(path)} has {file.Length} bytes, not {BlockStream.FileBytes(graph.Config, windows)}");
        _stream = new BlockStream(graph.Config, windows, pool, file);
    }

    public void Dispose() => _stream?.Dispose();
}
