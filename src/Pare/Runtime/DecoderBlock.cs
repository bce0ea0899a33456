using Pare.Models;

namespace Pare.Runtime;

/// <summary>The linear maps and norms of one block, as far as it has them.</summary>
internal sealed class DecoderBlock : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>Takes the block from a model.</summary>
    public DecoderBlock(Model model, int index)
        : this(model.Config, index, model.FindWeight)
    {
    }

    /// <summary>Takes the block from weights that are looked up one by one; they have to outlive it.</summary>
    public DecoderBlock(ModelConfig config, int index, Func<ParameterId, Weight?> find)
    {
        Config = config.Layers[index];
        AttentionInputNorm = Norm(ParameterRole.AttentionInputNorm);
        Query = Map(ParameterRole.Query);
        Key = Map(ParameterRole.Key);
        Value = Map(ParameterRole.Value);
        QueryNorm = Norm(ParameterRole.QueryNorm);
        KeyNorm = Norm(ParameterRole.KeyNorm);
        Output = Map(ParameterRole.Output);
        AttentionShortcut = Map(ParameterRole.AttentionShortcut);
        AttentionOutputNorm = Norm(ParameterRole.AttentionOutputNorm);
        AttentionResidualNorm = Norm(ParameterRole.AttentionResidualNorm);
        FfnInputNorm = Norm(ParameterRole.FfnInputNorm);
        Gate = Map(ParameterRole.Gate);
        Up = Map(ParameterRole.Up);
        Down = Map(ParameterRole.Down);
        FfnShortcut = Map(ParameterRole.FfnShortcut);
        FfnOutputNorm = Norm(ParameterRole.FfnOutputNorm);
        FfnResidualNorm = Norm(ParameterRole.FfnResidualNorm);

        Linear? Map(ParameterRole role)
        {
            if (find(new ParameterId(role, index)) is not { } weight) return null;
            return Own(new Linear(weight, find(new ParameterId(role, index, IsBias: true))));
        }

        NormWeights? Norm(ParameterRole role)
        {
            if (find(new ParameterId(role, index)) is not { } weight) return null;
            var kind = role is ParameterRole.QueryNorm or ParameterRole.KeyNorm ? NormKind.RmsNorm : config.Norm;
            var bias = find(new ParameterId(role, index, IsBias: true));
            return Own(new NormWeights(weight, bias, kind, config.NormEpsilon, config.NormWeightOffset));
        }
    }

    public LayerConfig Config { get; }
    public NormWeights? AttentionInputNorm { get; }
    public Linear? Query { get; }
    public Linear? Key { get; }
    public Linear? Value { get; }
    public NormWeights? QueryNorm { get; }
    public NormWeights? KeyNorm { get; }
    public Linear? Output { get; }
    public Linear? AttentionShortcut { get; }
    public NormWeights? AttentionOutputNorm { get; }
    public NormWeights? AttentionResidualNorm { get; }
    public NormWeights? FfnInputNorm { get; }
    public Linear? Gate { get; }
    public Linear? Up { get; }
    public Linear? Down { get; }
    public Linear? FfnShortcut { get; }
    public NormWeights? FfnOutputNorm { get; }
    public NormWeights? FfnResidualNorm { get; }

    /// <summary>The linear maps.</summary>
    public IEnumerable<Linear> Maps => _owned.OfType<Linear>();

    /// <summary>Those whose rows or columns are the neurons.</summary>
    public IEnumerable<Linear> Neurons => new[] { Gate, Up, Down }.OfType<Linear>();

    /// <summary>Bytes of weights that one token reads.</summary>
    public long WeightBytes => Maps.Sum(linear => linear.WeightBytes);

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }
}
