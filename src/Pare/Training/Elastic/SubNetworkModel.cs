using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Makes normal, smaller models of sub-networks.</summary>
public static class SubNetworkModel
{
    /// <summary>Makes the model in memory, as float32; it has no tokenizer.</summary>
    /// <param name="model">The whole model; it may be closed afterwards.</param>
    /// <param name="shape">The sub-network.</param>
    /// <param name="order">Which parts are kept first.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="treatment">What is done to it; values are those that its formats have room for, computed with as float32. Thresholds are left to the engine.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network, or the order is another model's.</exception>
    public static unsafe Model Create(Model model, SubNetwork shape, ImportanceOrder order, ComputePool pool, SubNetworkTreatment? treatment = null)
    {
        var selection = Select(model, shape, order);
        treatment ??= SubNetworkTreatment.None;
        var outgoing = new OutgoingModel(selection.Config, Source, _ => ElementType.F32);
        var composer = new TensorComposer(pool, default);
        List<OutgoingTensor> written = [.. StorageLayout.Build(outgoing.Config, outgoing.Graph.Parameters, outgoing.Config.Architecture.HuggingFaceNames)
            .Select(storage => composer.Compose(storage, [.. storage.Parts.Select(part => outgoing.Source(part.Parameter.Id))], ElementType.F32))];
        var memory = new NativeBuffer<byte>(written.Sum(tensor => Aligned(tensor.ByteLength)), zeroed: false);
        try
        {
            var tensors = new Dictionary<string, StoredTensor>();
            long offset = 0;
            foreach (var tensor in written)
            {
                var data = memory.Pointer + offset;
                using (var stream = new UnmanagedMemoryStream(data, tensor.ByteLength, tensor.ByteLength, FileAccess.Write)) tensor.Write(stream);
                tensors.Add(tensor.Name, new StoredTensor(tensor.Name, ElementType.F32, tensor.Shape, data, tensor.ByteLength, memory));
                offset += Aligned(tensor.ByteLength);
            }

            // As if it had been read from a file: numbers without a type of their own.
            var json = JsonNode.Parse(outgoing.Config.Architecture.ToHuggingFace(outgoing.Config).ToJsonString())!.AsObject();
            return Model.Load(new MemoryModelFile($"a sub-network of {model.Path}", json, tensors, memory));
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        WeightSource Source(ParameterId id)
        {
            var source = treatment.Source(selection, id, model);
            return treatment.Format?.Invoke(id) is { } wanted && !source.Parameter.IsVector ? new RoundedWeight(source, WeightCodec.Fallback(wanted, source.Parameter.Columns)) : source;
        }
    }

    /// <summary>Writes the model as a folder, which appears complete or not at all.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="shape">The sub-network.</param>
    /// <param name="order">Which parts are kept first.</param>
    /// <param name="output">The folder.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="treatment">What is done to it.</param>
    /// <param name="cancellation">Stops; nothing is left behind.</param>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network, or the order is another model's.</exception>
    /// <exception cref="IOException">The folder exists or cannot be written.</exception>
    public static void Write(
        Model model, SubNetwork shape, ImportanceOrder order, string output, bool overwrite, ComputePool pool, SubNetworkTreatment? treatment = null, CancellationToken cancellation = default)
    {
        var selection = Select(model, shape, order);
        treatment ??= SubNetworkTreatment.None;
        var outgoing = new OutgoingModel(selection.Config, id => treatment.Source(selection, id, model),
            source => source.Parameter.IsVector ? source.Type : treatment.Format?.Invoke(source.Parameter.Id) ?? source.Type);
        var provenance = Provenance.Begin();
        provenance["subNetwork"] = SubNetworkJson.Write(shape);
        if (model.Provenance?.DeepClone() is JsonObject earlier)
        {
            earlier.Remove(PackedTensors.Key);
            earlier.Remove(ActivationSparsityFile.Key);
            provenance["source"] = earlier;
        }

        if (treatment.Thresholds is not null) provenance[ActivationSparsityFile.Key] = ActivationSparsityFile.ToJson(treatment.Thresholds);
        AtomicFolder.Write(output, overwrite, folder =>
        {
            if (treatment.Thresholds is not null) ActivationSparsityFile.WriteTensors(folder, treatment.Thresholds);
            ModelFolderWriter.Write(folder, outgoing, model, provenance, pool, null, cancellation);
        });
    }

    /// <summary>Parameters of the model that <see cref="Write"/> would write, and their types.</summary>
    /// <param name="model">The whole model; has to stay open while types are asked for.</param>
    /// <param name="shape">The sub-network.</param>
    /// <param name="treatment">What is done to it.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network.</exception>
    public static SubNetworkLayout Layout(Model model, SubNetwork shape, SubNetworkTreatment? treatment = null)
    {
        var selection = Select(model, shape, ImportanceOrder.Unsorted(model.Config));
        treatment ??= SubNetworkTreatment.None;
        return new SubNetworkLayout(selection.Config, parameter =>
            WeightCodec.Fallback((parameter.IsVector ? null : treatment.Format?.Invoke(parameter.Id)) ?? treatment.Source(selection, parameter.Id, model).Type, parameter.Columns));
    }

    private static SubNetworkSelection Select(Model model, SubNetwork shape, ImportanceOrder order)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(order);
        return new SubNetworkSelection(model.Config, shape, order);
    }

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;
}
