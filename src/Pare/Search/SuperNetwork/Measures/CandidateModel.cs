using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Search;

/// <summary>A sub-network that is being measured: its shape, and the model in memory once something asks for it.</summary>
public sealed class CandidateModel : IDisposable
{
    private readonly Model _whole;
    private readonly ImportanceOrder _order;
    private readonly ComputePool _pool;
    private readonly int _threads;
    private Model? _model;
    private InferenceEngine? _engine;

    internal CandidateModel(Model whole, SubNetwork shape, ImportanceOrder order, SubNetworkTreatment treatment, ComputePool pool)
    {
        (_whole, Shape, _order, Treatment, _pool, _threads) = (whole, shape, order, treatment, pool, pool.Threads);
        Layout = SubNetworkModel.Layout(whole, shape, treatment);
    }

    /// <summary>The shape.</summary>
    public SubNetwork Shape { get; }

    /// <summary>What is done to it.</summary>
    public SubNetworkTreatment Treatment { get; }

    /// <summary>The candidate's canonical text in its study; null where it is of none.</summary>
    internal string? Name { get; init; }

    /// <summary>Names of the blocks, each of which says all that the block depends on; null where they are not known.</summary>
    internal IReadOnlyList<string>? Blocks { get; init; }

    /// <summary>Where tensors are kept for other candidates, or null.</summary>
    internal KeptTensors? Tensors { get; init; }

    /// <summary>Parameters and types of the model as it would be written.</summary>
    public SubNetworkLayout Layout { get; }

    /// <summary>The model in memory, as float32 with the values that its formats have room for; without a tokenizer.</summary>
    public Model Model => _model ??= SubNetworkModel.Create(_whole, Shape, _order, _pool, Treatment, Tensors);

    /// <summary>An engine over <see cref="Model"/>, with float32 activations.</summary>
    public InferenceEngine Engine => _engine ??= new InferenceEngine(Model, new EngineOptions { Threads = _threads, Thresholds = Treatment.Thresholds });

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine?.Dispose();
        _model?.Dispose();
    }
}
