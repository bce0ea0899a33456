using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>A model in float32 whose parameters, or low-rank corrections of them, can be trained.</summary>
/// <remarks>Memory: 4 bytes per parameter and 4 more per trained one. Frozen blocks can stay in their file (<see cref="TrainableOptions.StreamsBlocks"/>).</remarks>
public sealed unsafe class TrainableModel : IParameterView, IDisposable
{
    private readonly Model? _source;
    private readonly bool _streams;
    private readonly ParameterArena _arena;
    private readonly LoraArena? _lora;
    private readonly BlockParameters[] _blocks;
    private int _loaded = -1;

    private TrainableModel(ModelConfig config, Model? source, TrainableOptions options)
    {
        if (ConfigStructure.Peculiarity(config) is { } peculiar)
            throw new ArgumentException($"{peculiar} is not trained; train the model that it was made of, and compress the result", nameof(config));
        Config = config;
        Graph = source?.Graph ?? new ModelGraph(config);
        _source = source;
        var full = options is { Lora: null, IsFrozen: false };
        if (options is { Lora: not null, IsFrozen: true }) throw new ArgumentException("a model is either frozen or trained by LoRA, not both", nameof(options));
        if (options.StreamsBlocks && (full || source is null))
            throw new ArgumentException("blocks can stay in their file only where they are frozen; train with LoRA, or let them lie in memory", nameof(options));
        _streams = options.StreamsBlocks;
        _arena = new ParameterArena(Graph.Parameters, hasGradients: full, _streams);
        if (options.Lora is { } lora) _lora = new LoraArena(Graph, lora, options.Seed);
        _blocks = [.. Enumerable.Range(0, config.Layers.Count).Select(Bind)];
        Tensors = _lora?.Tensors ?? (full ? [.. Graph.Parameters.Select(Tensor)] : []);
    }

    /// <summary>The configuration.</summary>
    public ModelConfig Config { get; }

    /// <summary>Its parameters and sites.</summary>
    public ModelGraph Graph { get; }

    /// <summary>What an optimizer moves; empty for a frozen model.</summary>
    public IReadOnlyList<TrainableTensor> Tensors { get; }

    /// <summary>Trained numbers.</summary>
    public long TrainableCount => Tensors.Sum(tensor => tensor.Count);

    /// <summary>Bytes of values and gradients in memory.</summary>
    public long Bytes => _arena.Bytes + (_lora?.Bytes ?? 0);

    /// <summary>Takes a model's weights, decoded to float32.</summary>
    /// <param name="model">The model; it has to stay open only where blocks are streamed from it.</param>
    /// <param name="options">What is trained; null trains every parameter.</param>
    /// <returns>The trainable model.</returns>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static TrainableModel From(Model model, TrainableOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var result = new TrainableModel(model.Config, model, options ?? new TrainableOptions());
        foreach (var parameter in result.Graph.Parameters)
        {
            if (!result._streams || parameter.Id.Layer < 0) result.Load(parameter);
        }

        return result;
    }

    /// <summary>Starts from random weights: matrices normal with deviation 0.02 (projections into the residual stream 0.02/√(2·layers), as GPT-2), norms the identity, biases 0.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The trainable model; every parameter is trained.</returns>
    public static TrainableModel Initialize(ModelConfig config, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        var result = new TrainableModel(config, null, new TrainableOptions { Seed = seed });
        var random = new SeededRandom(seed);
        foreach (var parameter in result.Graph.Parameters)
        {
            var values = result.Values(parameter.Id);
            var role = parameter.Id.Role;
            if (parameter.Id.IsBias) continue;
            if (parameter.IsVector)
            {
                values.Fill(1 - config.NormWeightOffset);
                continue;
            }

            var deviation = role is ParameterRole.Output or ParameterRole.Down ? 0.02 / Math.Sqrt(2.0 * config.Layers.Count) : 0.02;
            foreach (ref var value in values) value = (float)(deviation * random.NextGaussian());
        }

        return result;
    }

    /// <summary>Values of a parameter, without low-rank corrections.</summary>
    /// <param name="id">Its identity; the head of a tied model is its embedding table.</param>
    /// <returns>[rows · columns], not copied.</returns>
    /// <exception cref="InvalidOperationException">The parameter is of a streamed block.</exception>
    public Span<float> Values(ParameterId id)
    {
        if (_streams && id.Layer >= 0) throw new InvalidOperationException($"{id} stays in its file; read it from the model");
        return new Span<float>(_arena.Values(Tied(id)), checked((int)Graph.Get(Tied(id)).Count));
    }

    /// <summary>Gradient of a parameter as far as it was added up.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>[rows · columns], not copied; empty where the parameter is frozen.</returns>
    public Span<float> Gradient(ParameterId id)
    {
        var gradient = _arena.Gradient(Tied(id));
        return gradient == null ? default : new Span<float>(gradient, checked((int)Graph.Get(Tied(id)).Count));
    }

    /// <summary>A row of a parameter with its low-rank correction, W + α/r·B·A.</summary>
    /// <param name="id">Its identity.</param>
    /// <param name="row">Row, from 0; 0 for a vector.</param>
    /// <param name="destination">[columns].</param>
    public void Read(ParameterId id, int row, Span<float> destination)
    {
        if (_streams && id.Layer >= 0) _source!.GetWeight(id).Read(row, 0, destination);
        else Values(id).Slice(checked(row * destination.Length), destination.Length).CopyTo(destination);
        _lora?.AddTo(id, row, destination);
    }

    /// <summary>Values of a parameter with its low-rank correction.</summary>
    /// <param name="id">Its identity; the head of a tied model is its embedding table.</param>
    /// <returns>[rows · columns], a copy.</returns>
    public float[] Merged(ParameterId id)
    {
        var parameter = Graph.Get(Tied(id));
        var values = new float[checked(parameter.Rows * parameter.Columns)];
        for (var row = 0; row < parameter.Rows; row++) Read(parameter.Id, row, values.AsSpan(row * parameter.Columns, parameter.Columns));
        return values;
    }

    /// <summary>Whether <see cref="Merged"/> differs from the weights that the model was made of.</summary>
    /// <param name="id">A parameter.</param>
    /// <returns>True where it is trained or corrected.</returns>
    public bool IsTrained(ParameterId id) => _lora is null ? Tensors.Count > 0 : _lora.Contains(id);

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients()
    {
        _arena.ClearGradients();
        _lora?.ClearGradients();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _lora?.Dispose();
    }

    BlockParameters IParameterView.Block(int layer) => Block(layer);

    LinearParameters? IParameterView.Map(ParameterRole role) => Map(role);

    NormParameters? IParameterView.Norm(ParameterRole role, int layer) => Norm(role, layer);

    /// <summary>Where the parameters of a block lie, whether or not they are in memory now.</summary>
    internal BlockParameters Bound(int layer) => _blocks[layer];

    /// <summary>A block, in memory until another one is asked for where blocks are streamed.</summary>
    internal BlockParameters Block(int layer)
    {
        if (_streams && _loaded != layer)
        {
            _loaded = -1;
            foreach (var parameter in Graph.Parameters.Where(parameter => parameter.Id.Layer == layer)) Load(parameter);
            _loaded = layer;
        }

        return _blocks[layer];
    }

    /// <summary>A map outside the blocks, or null where the model has none.</summary>
    internal LinearParameters? Map(ParameterRole role)
    {
        var id = Tied(new ParameterId(role));
        return Graph.Contains(id) ? Linear(id, null) : null;
    }

    /// <summary>A norm, or null where the model has none.</summary>
    internal NormParameters? Norm(ParameterRole role, int layer = -1)
    {
        var id = new ParameterId(role, layer);
        if (!Graph.Contains(id)) return null;
        var bias = id with { IsBias = true };
        var hasBias = Graph.Contains(bias);
        return new NormParameters
        {
            Kind = role is ParameterRole.QueryNorm or ParameterRole.KeyNorm ? NormKind.RmsNorm : Config.Norm,
            Length = Graph.Get(id).Columns,
            Epsilon = Config.NormEpsilon,
            Offset = Config.NormWeightOffset,
            Weight = _arena.Values(id),
            WeightGradient = _arena.Gradient(id),
            Bias = hasBias ? _arena.Values(bias) : null,
            BiasGradient = hasBias ? _arena.Gradient(bias) : null,
        };
    }

    private BlockParameters Bind(int layer)
    {
        var sites = Graph.SitesOf(layer).ToDictionary(site => site.Role);
        return new BlockParameters
        {
            Layer = layer,
            Config = Config.Layers[layer],
            AttentionInputNorm = Norm(ParameterRole.AttentionInputNorm, layer),
            Query = Site(ParameterRole.Query),
            Key = Site(ParameterRole.Key),
            Value = Site(ParameterRole.Value),
            QueryNorm = Norm(ParameterRole.QueryNorm, layer),
            KeyNorm = Norm(ParameterRole.KeyNorm, layer),
            Output = Site(ParameterRole.Output),
            AttentionOutputNorm = Norm(ParameterRole.AttentionOutputNorm, layer),
            AttentionResidualNorm = Norm(ParameterRole.AttentionResidualNorm, layer),
            FfnInputNorm = Norm(ParameterRole.FfnInputNorm, layer),
            Gate = Site(ParameterRole.Gate),
            Up = Site(ParameterRole.Up),
            Down = Site(ParameterRole.Down),
            FfnOutputNorm = Norm(ParameterRole.FfnOutputNorm, layer),
            FfnResidualNorm = Norm(ParameterRole.FfnResidualNorm, layer),
        };

        LinearParameters? Site(ParameterRole role) => sites.TryGetValue(role, out var site) ? Linear(site.Weight, site) : null;
    }

    private LinearParameters Linear(ParameterId id, LinearSite? site)
    {
        var parameter = Graph.Get(id);
        var bias = id with { IsBias = true };
        var hasBias = Graph.Contains(bias);
        return new LinearParameters
        {
            Site = site,
            Rows = parameter.Rows,
            Columns = parameter.Columns,
            Stride = parameter.Columns,
            Weight = _arena.Values(id),
            WeightGradient = _arena.Gradient(id),
            Bias = hasBias ? _arena.Values(bias) : null,
            BiasGradient = hasBias ? _arena.Gradient(bias) : null,
            Lora = _lora?.Find(id),
        };
    }

    private ParameterId Tied(ParameterId id) => id.Role == ParameterRole.Head && Config.TieWordEmbeddings ? new ParameterId(ParameterRole.TokenEmbedding) : id;

    private TrainableTensor Tensor(Parameter parameter) =>
        new(parameter.Name, parameter.Rows, parameter.Columns, parameter.IsVector, _arena.Values(parameter.Id), _arena.Gradient(parameter.Id), parameter.Id.Role.IsSite() && !parameter.IsVector);

    private void Load(Parameter parameter)
    {
        var weight = _source!.GetWeight(parameter.Id);
        var values = _arena.Values(parameter.Id);
        for (var row = 0; row < parameter.Rows; row++) weight.Read(row, 0, new Span<float>(values + (long)row * parameter.Columns, parameter.Columns));
    }
}
