using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Writes a trained model as a folder, low-rank corrections merged into their weights.</summary>
public static class TrainedModelWriter
{
    /// <summary>Refuses an output folder that could not be written at the end, before any work is done.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <exception cref="IOException">There is something of that name that may not be replaced.</exception>
    public static void Check(string output, bool overwrite) => AtomicFolder.Check(output, overwrite);

    /// <summary>Writes the folder; it appears complete or not at all.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="source">The model that training started from, or null.</param>
    /// <param name="configurationFolder">The folder of configuration and tokenizer where there is no such model.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <param name="format">Format of what was trained; what was not is passed on as it is.</param>
    /// <param name="provenance">What made the model, for pare.json.</param>
    /// <param name="history">Every step of the run, for training.jsonl.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="cancellation">Stops; nothing is left behind.</param>
    /// <exception cref="IOException">The folder exists, or cannot be written; a full disk is named as such.</exception>
    public static void Write(
        TrainableModel model, Model? source, string? configurationFolder, string output, bool overwrite, ElementType format, JsonObject provenance, IEnumerable<TrainingStep> history, ComputePool pool, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(provenance);
        if ((source is null) == (configurationFolder is null)) throw new ArgumentException("give either the model or the folder that training started from", nameof(source));
        var json = Provenance.Begin();
        foreach (var (key, value) in provenance) json[key] = value?.DeepClone();
        var outgoing = new OutgoingModel(model.Config, Source, weight => weight is TrainedWeight ? format : weight.Type);
        AtomicFolder.Write(output, overwrite, folder =>
            ModelFolderWriter.Write(folder, outgoing, () => CopyAssets(folder), json, pool, null, cancellation));

        WeightSource Source(ParameterId id) =>
            source is null || model.IsTrained(id) ? new TrainedWeight(model.Graph.Get(id), model) : new StoredWeight(source.GetWeight(id));

        void CopyAssets(string folder)
        {
            if (source is not null) ModelAssets.Copy(source, folder);
            else ModelAssets.Copy(configurationFolder!, folder);
            TrainingLog.Write(Path.Combine(folder, TrainingLog.FileName), history);
        }
    }
}
