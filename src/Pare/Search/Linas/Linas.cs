using Pare.Numerics;

namespace Pare.Search;

/// <summary>
/// LINAS (Cummings et al. 2022, arXiv 2205.10358), the search of LLaMA-NAS (arXiv 2405.18377): measure a population, fit a predictor of each objective to all that was measured, search on the predictors alone, measure the population found.
/// </summary>
/// <remarks>
/// The search inside is NSGA-II for two objectives and U-NSGA-III with Riesz-energy directions for more. Differences from the published program: it starts from the measured front beside random candidates,
/// fills the next population with the best unmeasured candidates of the last ten generations where the last one alone does not do, and objectives with a formula (<see cref="LinasOptions.Known"/>) are not predicted.
/// </remarks>
public sealed class Linas : ISearcher
{
    private const int LateGenerations = 10;

    private readonly SearchSpace _space;
    private readonly LinasOptions _options;
    private readonly SeededRandom _random;
    private readonly UnseenCandidates _unseen;
    private readonly CandidateEncoding _encoding;
    private readonly HashSet<Candidate> _proposed = [];
    private readonly List<EvaluatedCandidate> _evaluated = [];
    private readonly List<PredictorReport> _reports = [];
    private PredictorSelection?[] _predictors = [];
    private int _round;

    /// <summary>Starts a search.</summary>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="options">Options; null for the published ones.</param>
    public Linas(SearchSpace space, ulong seed, LinasOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        _options = options ?? new LinasOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Population, 4, nameof(options));
        (_space, _random, _unseen, _encoding) = (space, new SeededRandom(seed), new UnseenCandidates(space), new CandidateEncoding(space, oneHot: true));
    }

    /// <summary>How the predictors of each round did.</summary>
    public IReadOnlyList<PredictorReport> Reports => _reports;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask()
    {
        var batch = new List<Candidate>();
        var measured = _evaluated.Where(one => one.Failure is null && one.Objectives.All(double.IsFinite)).ToList();
        _predictors = [];
        if (_evaluated.Count == 0) batch.AddRange(_options.Initial.Where(_unseen.Add).Take(_options.Population));
        else if (measured.Count >= 10) batch.AddRange(Predicted(measured).Where(_unseen.Add).Take(_options.Population));
        _unseen.Fill(batch, _options.Population, _random);
        _proposed.UnionWith(batch);
        return batch;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        var measured = evaluated.Where(one => one.Failure is null && one.Objectives.All(double.IsFinite)).ToList();
        var before = _evaluated.Count(one => one.Failure is null);
        for (var m = 0; m < _predictors.Length && measured.Count > 1; m++)
        {
            if (_predictors[m] is not { } predictor) continue;
            double[] actual = [.. measured.Select(one => one.Objectives[m])], predicted = [.. measured.Select(one => predictor.Predict(_encoding.Encode(one.Candidate)))];
            _reports.Add(new PredictorReport(_round, m, predictor.Name, before, predictor.CrossValidatedError,
                PredictionQuality.KendallTau(actual, predicted), PredictionQuality.MeanAbsolutePercentageError(actual, predicted)));
        }

        _evaluated.AddRange(evaluated);
        _round++;
    }

    private List<Candidate> Predicted(List<EvaluatedCandidate> measured)
    {
        double[][] inputs = [.. measured.Select(one => _encoding.Encode(one.Candidate))];
        var objectives = measured[0].Objectives.Count;
        _predictors = new PredictorSelection?[objectives];
        for (var m = 0; m < objectives; m++)
        {
            if (!_options.Known.ContainsKey(m)) _predictors[m] = PredictorSelection.Fit(inputs, [.. measured.Select(one => one.Objectives[m])], _random);
        }

        // Constraints are predicted like objectives, so that the search inside stays where they are met.
        var violation = measured.Any(one => one.Violation > 0) ? PredictorSelection.Fit(inputs, [.. measured.Select(one => one.Violation)], _random) : null;
        var (searcher, population) = Inner(objectives, [.. ParetoFront.Of(measured).Select(one => one.Candidate)]);
        var generations = Math.Max(1, _options.PredictedEvaluations / _options.Population);
        var late = new List<EvaluatedCandidate>();
        for (var generation = 0; generation < generations; generation++)
        {
            var batch = searcher.Ask();
            if (batch.Count == 0) break;
            EvaluatedCandidate[] predicted = [.. batch.Select(Predict)];
            searcher.Tell(predicted);
            if (generation >= generations - LateGenerations) late.AddRange(predicted);
        }

        // The last generation holds measured candidates, too: the best of those that came last take their places.
        var fresh = population().Concat(late).DistinctBy(one => one.Candidate).Where(one => !_proposed.Contains(one.Candidate)).ToList();
        return [.. RankAndCrowding.Select(fresh, _options.Population).Survivors.Select(one => one.Candidate)];

        EvaluatedCandidate Predict(Candidate candidate)
        {
            var input = _encoding.Encode(candidate);
            var values = new double[objectives];
            for (var m = 0; m < objectives; m++) values[m] = _predictors[m] is { } predictor ? predictor.Predict(input) : _options.Known[m](candidate);
            return new EvaluatedCandidate { Candidate = candidate, Objectives = values, Violation = violation is null ? 0 : Math.Max(0, violation.Predict(input)) };
        }
    }

    private (ISearcher Searcher, Func<IReadOnlyList<EvaluatedCandidate>> Population) Inner(int objectives, IReadOnlyList<Candidate> initial)
    {
        var seed = _random.NextUInt64();
        if (objectives <= 2)
        {
            var nsga2 = new Nsga2(_space, seed, new Nsga2Options { Population = _options.Population, Variation = _options.Variation, Initial = initial });
            return (nsga2, () => nsga2.Population);
        }

        var directions = ReferenceDirections.RieszEnergy(objectives, Math.Max(_options.Population, objectives), seed);
        var nsga3 = new UNsga3(_space, seed, new UNsga3Options { Directions = directions, Population = _options.Population, Variation = _options.Variation with { CrossoverProbability = 1, CrossoverEta = 30 }, Initial = initial });
        return (nsga3, () => nsga3.Population);
    }
}
