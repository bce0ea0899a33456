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
    public static Model Create(Model model, SubNetwork shape, ImportanceOrder order, ComputePool pool, SubNetworkTreatment? treatment = null) => Create(model, shape, order, pool, treatment, null);

    /// <summary>The same; tensors that another sub-network of the model had are taken over, and are valid until the next is made.</summary>
    internal static Model Create(Model model, SubNetwork shape, ImportanceOrder order, ComputePool pool, SubNetworkTreatment? treatment, KeptTensors? kept)
    {
        var selection = Select(model, shape, order);
        treatment ??= SubNetworkTreatment.None;
        var outgoing = new OutgoingModel(selection.Config, Source, _ => ElementType.F32);
        var composer = new TensorComposer(pool, default);
        var isNamed = treatment.Name is not null || (treatment.Format is null && treatment.Edit is null);
        var memory = kept is not null && isNamed ? kept : new KeptTensors(long.MaxValue);
        try
        {
            memory.Begin();
            var tensors = new Dictionary<string, StoredTensor>();
            foreach (var storage in StorageLayout.Build(outgoing.Config, outgoing.Graph.Parameters, outgoing.Config.Architecture.HuggingFaceNames))
            {
                var tensor = composer.Compose(storage, [.. storage.Parts.Select(part => outgoing.Source(part.Parameter.Id))], ElementType.F32);
                tensors.Add(tensor.Name, Stored(tensor, memory.Get(TensorName(storage, shape, treatment), tensor)));
            }

            // As if it had been read from a file: numbers without a type of their own.
            var json = JsonNode.Parse(outgoing.Config.Architecture.ToHuggingFace(outgoing.Config).ToJsonString())!.AsObject();
            return Model.Load(new MemoryModelFile($"a sub-network of {model.Path}", json, tensors, memory == kept ? null : memory));
        }
        catch
        {
            if (memory != kept) memory.Dispose();
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
        Provenance.AddSource(provenance, model);
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

    private static unsafe StoredTensor Stored(OutgoingTensor tensor, NativeBuffer<byte> memory) => new(tensor.Name, ElementType.F32, tensor.Shape, memory.Pointer, tensor.ByteLength, memory);

    // All that the content of a tensor depends on, in one model and order.
    private static string TensorName(StorageTensor storage, SubNetwork shape, SubNetworkTreatment treatment)
    {
        var index = storage.Parts[0].Parameter.Id.Layer;
        if (index < 0) return $"{storage.Name} {shape.HiddenSize}";
        var layer = shape.Layers[index];
        // Norms of queries and keys, which are no sites, run over heads.
        var isAttention = storage.Parts.Any(part => part.Parameter.Id.Role is ParameterRole.Query or ParameterRole.Key or ParameterRole.Value or ParameterRole.Output or ParameterRole.QueryNorm or ParameterRole.KeyNorm);
        var isNetwork = storage.Parts.Any(part => part.Parameter.Id.Role is ParameterRole.Gate or ParameterRole.Up or ParameterRole.Down);
        var parts = string.Join('+', storage.Parts.Select(part => $"{part.Parameter.Id.Role}{(part.Parameter.Id.IsBias ? " bias" : "")}"));
        return $"{parts} of {layer.Source}, {shape.HiddenSize}{(isAttention ? $", {layer.KeyValueHeads} {layer.HeadsPerGroup} {layer.HeadSize}" : "")}{(isNetwork ? $", {layer.FfnSize}" : "")}{(isAttention || isNetwork ? $", {treatment.Name?.Invoke(index)}" : "")}";
    }

    private static SubNetworkSelection Select(Model model, SubNetwork shape, ImportanceOrder order)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(order);
        return new SubNetworkSelection(model.Config, shape, order);
    }
}
