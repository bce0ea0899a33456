using System.Text.Json.Nodes;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Trains a super-network together with sub-networks that are slices of it, each batch with others (InstaTune, arXiv 2308.15609; sandwich, arXiv 2410.06479).</summary>
public sealed class SuperNetworkObjective : ITrainingObjective, IDisposable
{
    private readonly GradientEngine _engine;
    private readonly Func<SeededRandom, SubNetwork> _draw;
    private readonly string _sampler;
    private readonly SuperNetworkOptions _options;
    private readonly ITeacher? _teacher;
    private readonly EngineOutput _self;

    /// <summary>Prepares training.</summary>
    /// <param name="engine">The super-network, sorted by importance; stays the caller's.</param>
    /// <param name="draw">Draws a sub-network.</param>
    /// <param name="sampler">What is drawn, in words that tell runs apart.</param>
    /// <param name="options">Losses.</param>
    /// <param name="teacher">An outside teacher where a loss asks for one.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a loss lacks its teacher.</exception>
    public SuperNetworkObjective(GradientEngine engine, Func<SeededRandom, SubNetwork> draw, string sampler, SuperNetworkOptions? options = null, ITeacher? teacher = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(draw);
        ArgumentNullException.ThrowIfNull(sampler);
        (_engine, _draw, _sampler, _options, _teacher) = (engine, draw, sampler, options ?? SuperNetworkOptions.Sandwich, teacher);
        _options.Check(teacher is not null);
        _self = new EngineOutput(engine);
    }

    /// <inheritdoc/>
    public LossSums Accumulate(long batch, ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, int length, float scale)
    {
        var random = new SeededRandom(_options.Seed * 0x9E3779B97F4A7C15 + (ulong)batch);
        var (withSuper, withSubs) = _options.Alternates ? (batch % 2 == 0, batch % 2 == 1) : (true, true);
        var networks = (withSuper ? 1 : 0) + (withSubs ? _options.SubNetworks : 0);
        var part = _options.Averages ? scale / networks : scale;
        var needsSelf = withSubs && !_options.TeachesSubNetworks && _options.Sub.DistillationWeight > 0;
        _engine.KeptOutput = needsSelf ? _self : null;
        LossSums sums;
        try
        {
            // Where the super-network does not learn from this batch, it still runs: it is the teacher, and its loss is what the run reports.
            sums = withSuper
                ? _engine.Accumulate(tokens, targets, length, part, _options.Super, _teacher)
                : _engine.Loss(tokens, targets, length, _options.Super, _teacher);
        }
        finally
        {
            _engine.KeptOutput = null;
        }

        for (var i = 0; withSubs && i < _options.SubNetworks; i++)
        {
            using var sub = new GradientEngine(new SlicedModel(_engine.Model, _draw(random)), _engine);
            sub.Accumulate(tokens, targets, length, part, _options.Sub, _options.TeachesSubNetworks ? _teacher : _self);
        }

        return sums;
    }

    /// <inheritdoc/>
    public JsonObject Describe() => new()
    {
        ["sampler"] = _sampler,
        ["subNetworks"] = _options.SubNetworks,
        ["alternates"] = _options.Alternates,
        ["averages"] = _options.Averages,
        ["teachesSubNetworks"] = _options.TeachesSubNetworks,
        ["seed"] = _options.Seed,
        ["super"] = Describe(_options.Super),
        ["sub"] = Describe(_options.Sub),
    };

    /// <summary>Frees what it holds; the engine stays.</summary>
    public void Dispose() => _self.Dispose();

    private static JsonObject Describe(LossOptions loss) => new()
    {
        ["crossEntropyWeight"] = loss.CrossEntropyWeight,
        ["distillationWeight"] = loss.DistillationWeight,
        ["distillation"] = loss.Distillation.ToString(),
        ["temperature"] = loss.Temperature,
    };
}
