using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;
using Pare.Runtime;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>Writes a candidate as a model, heals it, writes both in other formats, and measures each of them.</summary>
internal sealed class PickWriter(PickRequest request, Study study, StudiedModel studied, StudyEntry entry, ResultWriter results)
{
    private readonly CancellationToken _cancellation = results.Terminal.Cancellation;
    private readonly List<PickedModel> _written = [];

    /// <summary>Writes everything that was asked for.</summary>
    public IReadOnlyList<PickedModel> Write()
    {
        studied.Write(entry.Candidate, request.Output, request.Replaces, request.Threads, _cancellation);
        Measure("picked", request.Output);
        // What is trained, and what other formats are made of, is the shape alone: not rounded, not pruned, without thresholds.
        var plain = request.Output;
        if ((request.Heal is not null || request.Formats.Count > 0) && studied.HasTreatments)
            studied.WritePlain(entry.Candidate, plain = request.PlainFolder, request.Threads, _cancellation);
        var name = "picked";
        try
        {
            if (request.Heal is { } heal)
            {
                var healed = studied.HasTreatments ? request.HealedPlainFolder : request.HealedOutput;
                Heal(heal, plain, healed);
                if (studied.HasTreatments) Treat(healed, request.HealedOutput, studied.TreatmentOfWritten(entry.Candidate));
                (plain, name) = (healed, "healed");
                Measure(name, request.HealedOutput);
            }

            foreach (var format in request.Formats)
            {
                var output = request.OutputOf(format);
                Treat(plain, output, studied.TreatmentOfWritten(entry.Candidate, format));
                Measure($"{name}, {format.Name()}", output);
            }
        }
        finally
        {
            foreach (var folder in (string[])[request.PlainFolder, request.HealedPlainFolder])
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }

        if (request.Heal is not null) Trainer.RemoveCheckpoints(request.TrainingFolder);
        return _written;
    }

    private void Heal(HealRequest heal, string from, string output)
    {
        using var picked = Model.Open(from);
        var window = heal.Window ?? study.Description.Subject["window"]!.GetValue<int>();
        var data = TokenDataset.Load(heal.Text, picked.Tokenizer, window, picked.Config.VocabularySize, new TrainingTextOptions(), null, _cancellation);
        var steps = heal.Options.Trainer(window).Schedule.Steps;
        var result = results.Progress("heal", line => Healing.Run(picked, studied.Model, data, heal.Options, request.TrainingFolder, heal.IsResumed, output,
            step => line.Report("", step.Step, steps, step.Loss is { } loss ? $"loss {Quantity.Fixed(loss, 3)}, {Quantity.Number(step.TokensPerSecond, 3)} tokens/s" : ""), _cancellation));
        if (result.IsComplete) return;
        results.Note($"stopped after step {result.Steps} of {steps}; the same command with --resume goes on from there");
        throw new OperationCanceledException();
    }

    private void Treat(string from, string output, SubNetworkTreatment treatment)
    {
        using var model = Model.Open(from);
        using var pool = new ComputePool(request.Threads);
        SubNetworkModel.Write(model, SubNetwork.Whole(model.Config), ImportanceOrder.Unsorted(model.Config), output, request.Replaces, pool, treatment, _cancellation);
    }

    private void Measure(string name, string output)
    {
        using var model = Model.Open(output);
        double? perplexity = null;
        if (request.Text is { } text)
        {
            using var engine = new InferenceEngine(model, new EngineOptions { Threads = request.Threads });
            var windows = studied.Windows(study, text);
            perplexity = results.Progress("perplexity", line => new PerplexityEvaluator(model, engine).Evaluate(windows, new PerplexityOptions { Progress = EvalRun.Steps(line) }, _cancellation).Perplexity);
        }

        // The table's figure is a sum of parts; this is the model itself.
        double? decode = entry.Metrics.ContainsKey(SearchMetrics.Latency) ? DecodeCheck.Milliseconds(output, request.Threads, _cancellation) : null;
        _written.Add(new PickedModel(name, output, model.Graph.ParameterCount, model.WeightBytes, perplexity, decode));
    }
}
