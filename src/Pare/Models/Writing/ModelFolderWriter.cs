using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Numerics;

namespace Pare.Models.Writing;

/// <summary>Writes a model as a folder: config.json, safetensors, the tokenizer's files and, where there is something to say, pare.json.</summary>
/// <remarks>Weights are streamed. The caller gives a folder that is renamed when all is written (<see cref="AtomicFolder"/>).</remarks>
internal static class ModelFolderWriter
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes everything.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="from">The model that tokenizer and other files come from.</param>
    /// <param name="provenance">Content of pare.json without the packed tensors, or null for none.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told the bytes of each tensor that was written, or null.</param>
    /// <param name="cancellation">Stops between panels of rows.</param>
    public static void Write(string folder, OutgoingModel model, Model from, JsonObject? provenance, ComputePool pool, Action<long>? progress, CancellationToken cancellation) =>
        Write(folder, model, () => ModelAssets.Copy(from, folder), provenance, pool, progress, cancellation);

    /// <summary>Writes everything.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="copyAssets">Puts the tokenizer and other files into the folder.</param>
    /// <param name="provenance">Content of pare.json without the packed tensors, or null for none.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told the bytes of each tensor that was written, or null.</param>
    /// <param name="cancellation">Stops between panels of rows.</param>
    public static void Write(string folder, OutgoingModel model, Action copyAssets, JsonObject? provenance, ComputePool pool, Action<long>? progress, CancellationToken cancellation)
    {
        var config = model.Config.Architecture.ToHuggingFace(model.Config);
        SetPlainType(config, model);
        WriteJson(Path.Combine(folder, "config.json"), config);
        copyAssets();
        var packed = new JsonObject();
        var compact = new JsonArray();
        var tensors = Tensors(model, packed, compact, new TensorComposer(pool, cancellation), progress);
        SafetensorsWriter.WriteFolder(folder, tensors);
        if (packed.Count + compact.Count > 0) provenance ??= Provenance.Begin();
        if (provenance is null) return;
        if (packed.Count > 0) provenance[PackedTensors.Key] = packed;
        if (compact.Count > 0) provenance[CompactTensors.Key] = compact;
        WriteJson(Path.Combine(folder, FolderModelFile.ProvenanceName), provenance);
    }

    internal static void WriteJson(string path, JsonObject json) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString(s_json) + "\n")));

    private static List<OutgoingTensor> Tensors(OutgoingModel model, JsonObject packed, JsonArray compact, TensorComposer composer, Action<long>? progress)
    {
        var tensors = new List<OutgoingTensor>();
        foreach (var storage in StorageLayout.Build(model.Config, model.Graph.Parameters, model.Config.Architecture.HuggingFaceNames))
        {
            var types = storage.Parts.Select(part => model.Type(part.Parameter.Id)).Distinct().ToList();
            var isCompact = storage.Parts.Any(part => model.Source(part.Parameter.Id) is CompactWeight);
            if (types.Count == 1 && !isCompact)
            {
                Add(storage, types[0]);
                continue;
            }

            // Parts of a fused tensor in different formats, or not stored whole, are stored under their own names.
            foreach (var part in storage.Parts) AddPart(part.Parameter);
        }

        return tensors;

        void AddPart(Parameter parameter)
        {
            var source = model.Source(parameter.Id);
            Add(StorageLayout.Alone(source.Stored), model.Type(parameter.Id));
            if (source is not CompactWeight { Map: var map }) return;
            compact.Add(parameter.Name);
            tensors.Add(CompactTensors.Indices(CompactTensors.RowsOf(parameter.Name), map.Rows));
            tensors.Add(CompactTensors.Indices(CompactTensors.ColumnsOf(parameter.Name), map.Columns));
        }

        void Add(StorageTensor storage, ElementType type)
        {
            var sources = storage.Parts.Select(part => model.Source(part.Parameter.Id)).Select(source => source is CompactWeight whole ? whole.Inner : source).ToList();
            if (type.IsBlockFormat()) packed[storage.Name] = PackedTensors.Describe(type, storage.Columns);
            var tensor = type.IsBlockFormat() ? composer.ComposePacked(storage, sources, type) : composer.Compose(storage, sources, type);
            tensors.Add(progress is null ? tensor : tensor with
            {
                Write = stream =>
                {
                    tensor.Write(stream);
                    progress(tensor.ByteLength);
                },
            });
        }
    }

    // Under the key that the configuration already uses; transformers 4 reads torch_dtype, transformers 5 either.
    private static void SetPlainType(JsonObject config, OutgoingModel model)
    {
        var plain = model.Shares().Where(share => !share.Format.IsBlockFormat()).MaxBy(share => share.Elements)?.Format;
        var name = plain switch { ElementType.F16 => "float16", ElementType.BF16 => "bfloat16", ElementType.F64 => "float64", _ => "float32" };
        var key = config.ContainsKey("torch_dtype") || !(config.ContainsKey("dtype") || config.ContainsKey("rope_parameters")) ? "torch_dtype" : "dtype";
        config[key] = name;
    }
}
