using System.Diagnostics;
using System.Globalization;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Search;
using Pare.Training;

namespace Pare.Benchmarks.Search;

/// <summary>
/// Candidates an hour of a search that shares first blocks and stops what is hopeless, beside extracting, writing, opening and evaluating each from scratch:
/// <c>candidates MODEL TEXT [EVALUATIONS [POPULATION [WINDOWS [WINDOW [SEARCHER [shared]]]]]]</c>. With <c>shared</c> all layers have the same width. Every so many candidates, one is evaluated from scratch, too, right after the search has.
/// </summary>
internal sealed class CandidateRates : IDisposable
{
    private const int Samples = 8;
    private const int ImportanceWindows = 4;
    private const double ErrorRate = 0.01;

    private readonly Model _model;
    private readonly string _text;
    private readonly int _window;
    private readonly int _windows;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pare-candidates-");
    private readonly ComputePool _pool = new(0);
    private readonly List<(double Search, double Scratch)> _pairs = [];

    private CandidateRates(string path, string text, int windows, int window)
    {
        (_model, _text, _windows, _window) = (Model.Open(path), text, windows, window);
    }

    public static int Run(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("usage: candidates MODEL TEXT [EVALUATIONS [POPULATION [WINDOWS [WINDOW [SEARCHER [shared]]]]]]");
            return 2;
        }

        int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
        using var rates = new CandidateRates(args[0], args[1], Number(4, 32), Number(5, 512));
        rates.Measure(Number(2, 100), Number(3, 20), args.Length > 6 ? args[6] : "nsga2", isPerLayer: !args.Contains("shared"));
        return 0;
    }

    public void Dispose()
    {
        _pool.Dispose();
        _model.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Measure(int evaluations, int population, string searcher, bool isPerLayer)
    {
        var config = _model.Config;
        var windows = Windows(_windows);
        var order = Order(Windows(ImportanceWindows));
        var (layers, neurons) = (config.Layers.Count, config.Layers[0].FfnSize);
        var space = new SubNetworkSpace(config, new SubNetworkSpaceOptions
        {
            Depths = [.. Enumerable.Range((2 * layers + 2) / 3, layers - (2 * layers + 2) / 3 + 1)],
            FfnSizes = [.. Enumerable.Range(1, 4).Select(quarter => quarter * neurons / 4 / 32 * 32)],
            IsPerLayer = isPerLayer,
        }, order.Layers);
        var treatments = new CandidateTreatments(space, config, order, null, null);
        using var study = Study.Open(Path.Combine(_folder.FullName, "study.db"), new StudyDescription { Space = space.Space, Metrics = [.. SearchMetrics.Always, SearchMetrics.Windows] });
        var stopping = new EarlyStopping(study, ErrorRate, windows.Count);
        var text = new TextMeasure(_model, windows) { Stopping = stopping };
        using var evaluator = new SubNetworkEvaluator(_model, order, [new SizeMeasure(), text]);
        var done = 0;
        var rows = StudyRunner.Run(study, SearcherNames.Create(searcher, space.Space, 1, 2, population, [space.Largest, space.Smallest]), Evaluate, new StudyRunOptions
        {
            Objectives = [SearchMetrics.Objective(SearchMetrics.Perplexity), SearchMetrics.Objective(SearchMetrics.Parameters)],
            Evaluations = evaluations,
            Searcher = searcher,
            Seed = 1,
            Arrange = (learnt, candidates) =>
            {
                stopping.Learn(learnt, []);
                return text.Plan(space, candidates);
            },
        });
        Report(rows, text, searcher);

        IReadOnlyDictionary<string, double> Evaluate(Candidate candidate, CancellationToken cancellation)
        {
            var clock = Stopwatch.StartNew();
            var values = evaluator.Measure(candidate, space, treatments, cancellation);
            var search = clock.Elapsed.TotalSeconds;
            _pairs.Add((search, done++ % Math.Max(1, evaluations / Samples) == 0 ? Scratch(space.ToSubNetwork(candidate), order, values) : double.NaN));
            return values;
        }
    }

    // Seconds to do the same for one candidate with the commands that anybody has: write, open, tokenize, evaluate.
    private double Scratch(SubNetwork shape, ImportanceOrder order, IReadOnlyDictionary<string, double> expected)
    {
        var clock = Stopwatch.StartNew();
        var path = Path.Combine(_folder.FullName, "model");
        SubNetworkModel.Write(_model, shape, order, path, true, _pool);
        double perplexity;
        using (var model = Model.Open(path))
        {
            using var engine = new InferenceEngine(model);
            perplexity = new PerplexityEvaluator(model, engine).Evaluate(TokenWindows.FromText(model.Tokenizer, _text, TextProtocol.Plain, _window, _windows)).Perplexity;
        }

        var seconds = clock.Elapsed.TotalSeconds;
        if (expected[SearchMetrics.Windows] == _windows && Math.Abs(perplexity / expected[SearchMetrics.Perplexity] - 1) > 1e-3)
            throw new InvalidOperationException($"the search found a perplexity of {expected[SearchMetrics.Perplexity]}, the written model has {perplexity}");
        return seconds;
    }

    private TokenWindows Windows(int count) => TokenWindows.FromText(_model.Tokenizer, _text, TextProtocol.Plain, _window, count);

    private ImportanceOrder Order(TokenWindows windows)
    {
        using var trainable = TrainableModel.From(_model, new TrainableOptions { IsFrozen = true, StreamsBlocks = true });
        using var engine = new GradientEngine(trainable);
        return ImportanceScorer.Score(engine, windows.All, windows.Window).ToOrder(_model.Config);
    }

    private void Report(IReadOnlyList<StudyEntry> rows, TextMeasure text, string searcher)
    {
        var search = _pairs.Average(pair => pair.Search);
        var scratch = _pairs.Where(pair => !double.IsNaN(pair.Scratch)).Average(pair => pair.Scratch);
        var sampled = _pairs.Where(pair => !double.IsNaN(pair.Scratch)).Average(pair => pair.Search);
        var (run, shared) = text.Blocks;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows.Count} candidates of {searcher}, {_windows} windows of {_window} tokens, {rows.Count(row => row.Failure is not null)} failed"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"search        {search:F3} s a candidate, {3600 / search:F0} an hour"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"from scratch  {scratch:F3} s a candidate, {3600 / scratch:F0} an hour (mean of {_pairs.Count(pair => !double.IsNaN(pair.Scratch))}; the search took {sampled:F3} s for the same)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio         {scratch / search:F2}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"windows       {rows.Where(row => row.Failure is null).Average(row => row.Metrics[SearchMetrics.Windows]) / _windows:P1} of all; {rows.Count(row => row.Failure is null && row.Metrics[SearchMetrics.Windows] < _windows)} candidates were stopped"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"blocks        {(double)shared / (run + shared):P1} of those windows' were shared"));
    }
}
