using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models;

/// <summary>A trained model on disk: configuration, weights (mapped, not read) and tokenizer. A Hugging Face folder, a Pare folder or a GGUF file.</summary>
public sealed class Model : IDisposable
{
    private readonly ModelFile _file;
    private readonly Dictionary<ParameterId, Weight> _weights;
    private readonly Lazy<Tokenizer> _tokenizer;

    private Model(ModelFile file, ModelConfig config)
    {
        _file = file;
        Config = config;
        Graph = new ModelGraph(config);
        _weights = WeightBinder.Bind(file, Graph);
        _tokenizer = new Lazy<Tokenizer>(file.LoadTokenizer);
        if (file.Provenance is { } provenance) ActivationSparsity = ActivationSparsityFile.Read(file.Path, provenance, config);
    }

    /// <summary>The files behind the model.</summary>
    internal ModelFile File => _file;

    /// <summary>Path as it was given to <see cref="Open"/>.</summary>
    public string Path => _file.Path;

    /// <summary>Whether the files are unmapped.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Whether the model is a GGUF file rather than a folder.</summary>
    public bool IsGguf => _file.IsGguf;

    /// <summary>The configuration.</summary>
    public ModelConfig Config { get; }

    /// <summary>Parameters, sites and tied dimensions.</summary>
    public ModelGraph Graph { get; }

    /// <summary>The tokenizer, read at the first use.</summary>
    /// <exception cref="ModelFormatException">The model has none, or one that cannot be read.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>What made the model (pare.json), or null for a model that Pare did not write.</summary>
    public JsonObject? Provenance => _file.Provenance;

    /// <summary>Thresholds below which the model's activations are set to zero, or null where it has none.</summary>
    public ActivationSparsity? ActivationSparsity { get; }

    /// <summary>Bytes of all tensors of the model.</summary>
    public long WeightBytes => _weights.Values.Sum(weight => weight.ByteLength);

    /// <summary>Opens a model; weights are mapped and read when used.</summary>
    /// <param name="path">A folder with config.json and safetensors, or a .gguf file.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelFormatException">A file is missing, damaged, of an unknown architecture, or its tensors do not fit its configuration.</exception>
    public static Model Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(ModelFile.Open(path));
    }

    /// <summary>Reads configuration and weights of an open file, which the model owns from here on.</summary>
    internal static Model Load(ModelFile file)
    {
        try
        {
            var reader = new ConfigReader(file.ConfigPath, file.ConfigJson);
            var architecture = ArchitectureRegistry.Of(reader);
            var config = architecture.ReadWhole(reader);
            if (!reader.Has("tie_word_embeddings"))
            {
                // Families differ in what a missing key means; the file's own tensors say it without doubt.
                config = config with { TieWordEmbeddings = !file.Tensors.ContainsKey(file.Names(architecture)[ParameterRole.Head].NameOf(new ParameterId(ParameterRole.Head))) };
            }

            return new Model(file, config);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A parameter's values.</summary>
    /// <param name="id">Its identity; <see cref="ParameterRole.Head"/> gives the embedding table where the two are tied.</param>
    /// <returns>The values, as they lie in the file.</returns>
    /// <exception cref="ArgumentException">The model has none of that identity.</exception>
    public Weight GetWeight(ParameterId id)
    {
        if (id.Role == ParameterRole.Head && Config.TieWordEmbeddings) id = new ParameterId(ParameterRole.TokenEmbedding);
        return _weights.TryGetValue(id, out var weight) ? weight : throw new ArgumentException($"the model has no {id}", nameof(id));
    }

    /// <summary>A parameter's values, or null where the model has none of that identity.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>The values, or null.</returns>
    public Weight? FindWeight(ParameterId id) => _weights.GetValueOrDefault(id);

    /// <summary>All weights in the order of the model.</summary>
    /// <returns>The weights.</returns>
    public IEnumerable<Weight> Weights() => Graph.Parameters.Select(parameter => _weights[parameter.Id]);

    /// <summary>Bytes of the model's tensors by how they are written.</summary>
    /// <returns>Bytes per type, largest first.</returns>
    public IReadOnlyList<(ElementType Type, long Bytes, long Elements)> BytesByType() =>
        [.. _weights.Values.GroupBy(weight => weight.Type)
            .Select(group => (group.Key, group.Sum(weight => weight.ByteLength), group.Sum(weight => weight.Parameter.Count)))
            .OrderByDescending(entry => entry.Item2)];

    /// <summary>Unmaps the files. Nothing that came from the model may be used afterwards.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        _file.Dispose();
    }
}
