using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>By what the parts of a model are ordered.</summary>
internal sealed record OrderRequest
{
    /// <summary>What pare.json of a super-network says about it.</summary>
    public const string SuperNetworkKey = "superNetwork";

    /// <summary>activated, gate, unsorted, or null for what fits the model.</summary>
    public string? Order { get; init; }

    /// <summary>One order of heads and neurons for all layers.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether layers rank by the loss without them rather than by block influence.</summary>
    public bool RanksByLoss { get; init; }

    public int Threads { get; init; }

    /// <summary>The order with what fits the model where none was asked for: a super-network is sorted already.</summary>
    public OrderRequest For(Model model) => Order is not null ? this : this with { Order = RankingOf(model) is null ? "activated" : "super-network" };

    /// <summary>Whether a text is needed.</summary>
    public bool NeedsText => Order is "activated" or "gate" || RanksByLoss;

    /// <summary>Finds the order.</summary>
    public ImportanceOrder Find(Model model, TokenWindows? calibration, ResultWriter results)
    {
        var cancellation = results.Terminal.Cancellation;
        var order = ImportanceOrder.Unsorted(model.Config);
        if (Order == "super-network") order = order with { Layers = RankingOf(model)! };
        if (Order is "activated" or "gate")
        {
            var measure = Order == "gate" ? NeuronMeasure.GatePreActivation : NeuronMeasure.Activated;
            using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true, StreamsBlocks = true });
            using var engine = new GradientEngine(trainable, new GradientOptions { Threads = Threads });
            order = results.Progress("importance", line => ImportanceScorer.Score(engine, calibration!.All, calibration.Window, measure, done => line.Report("importance", done, calibration.Count), cancellation))
                .ToOrder(model.Config, IsShared);
        }

        if (!RanksByLoss) return order;
        using var evaluator = new SubNetworkEvaluator(model, ImportanceOrder.Unsorted(model.Config), calibration!, Threads);
        return order.WithLayers(results.Progress("layers", line => evaluator.ScoreLayers(done => line.Report("layers", done, model.Config.Layers.Count), cancellation)));
    }

    // Layers by rank, where the model is a super-network that says so.
    private static int[]? RankingOf(Model model)
    {
        if (model.Provenance?[SuperNetworkKey]?["layers"] is not JsonArray layers) return null;
        int[] ranking = [.. layers.Select(layer => layer is JsonValue value && value.TryGetValue(out int index) ? index : -1)];
        return ranking.Order().SequenceEqual(Enumerable.Range(0, model.Config.Layers.Count)) ? ranking : null;
    }
}
