using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>What a search measures: what every search does, and what its objectives and constraints name beside.</summary>
internal sealed class SearchMeasures
{
    private readonly Model _model;
    private readonly TokenWindows _windows;
    private readonly int _threads;
    private readonly double? _stopping;
    private readonly IReadOnlyList<TaskAccuracy> _tasks;

    public SearchMeasures(SearchRequest request, Model model, TokenWindows windows)
    {
        (_model, _windows, _threads, _stopping) = (model, windows, request.Threads, request.StopHopeless);
        var asked = request.Objectives.Select(objective => objective.Metric).Concat(request.Constraints.Select(text => ConstraintText.Metric(text, SearchMetrics.All))).ToHashSet();
        Metrics = [.. SearchMetrics.All.Where(metric => SearchMetrics.Always.Contains(metric) || asked.Contains(metric)), .. _stopping is null ? Array.Empty<string>() : [SearchMetrics.Windows]];
        if (_stopping is not null && Measures(SearchMetrics.Accuracy)) throw new UsageException("--stop-hopeless compares windows of --text, and accuracy has none; leave one of them out");
        request.Tasks.Check(Measures(SearchMetrics.Accuracy));
        // Hours of searching must not end at a missing file.
        _tasks = Measures(SearchMetrics.Accuracy) ? request.Tasks.Load(model.Tokenizer) : [];
    }

    /// <summary>Names of what is measured.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Whether a metric is measured.</summary>
    public bool Measures(string metric) => Metrics.Contains(metric);

    /// <summary>Adds to a study's subject what the metrics depend on.</summary>
    public void Describe(JsonObject subject)
    {
        if (_stopping is { } rate) subject["stopHopeless"] = rate;
        if (_tasks.Count > 0) subject["tasks"] = TaskRequest.Describe(_tasks);
        if (Measures(SearchMetrics.Latency)) subject["latency"] = new JsonObject { ["threads"] = _threads == 0 ? Environment.ProcessorCount : _threads, ["context"] = LatencyMeasure.Context };
    }

    /// <summary>Prepares the measurements; the cheap ones come first, and a rule that stops candidates goes by them.</summary>
    /// <param name="study">The study.</param>
    /// <param name="results">Told of a table of another machine.</param>
    /// <param name="text">The one over the text.</param>
    public IReadOnlyList<ICandidateMeasure> Create(Study study, ResultWriter results, out TextMeasure text)
    {
        var measures = new List<ICandidateMeasure> { new SizeMeasure() };
        if (Measures(SearchMetrics.Latency))
        {
            NoteMachine(study, results);
            measures.Add(new LatencyMeasure(_model, new LatencyTable(study), _threads));
        }

        text = new TextMeasure(_model, _windows, Measures(SearchMetrics.Kl), _threads, results.Terminal.Cancellation) { Stopping = _stopping is { } rate ? new EarlyStopping(study, rate, _windows.Count) : null };
        measures.Add(text);
        if (_tasks.Count > 0) measures.Add(new TaskMeasure(_tasks));
        return measures;
    }

    private void NoteMachine(Study study, ResultWriter results)
    {
        var machine = MachineIdentity.Current(_threads);
        var here = $"{machine.Processor ?? "an unknown processor"}, {machine.InstructionSet}";
        var there = study.KeepNote("latencyMachine", here);
        if (there != here) results.Note($"the times of this study were measured on {there}; they go on to be used here, on {here}");
    }
}
