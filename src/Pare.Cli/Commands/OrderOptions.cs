using System.CommandLine;

namespace Pare.Cli.Commands;

/// <summary>Options that say what of a model is kept first.</summary>
internal static class OrderOptions
{
    public static Option<string?> Order()
    {
        var order = new Option<string?>("--order") { Description = "What is kept first: activated (by act(gate)·up), gate (by the gate's output, as published), unsorted (leading slices) [default: as a super-network has it, else activated]", HelpName = "ORDER" };
        order.AcceptOnlyFromAmong("activated", "gate", "unsorted");
        return order;
    }

    public static Option<bool> IsShared() => new("--shared-order") { Description = "One order of heads and neurons for all layers, by scores summed over layers" };

    public static Option<string> LayerRank()
    {
        var rank = new Option<string>("--layer-rank") { Description = "Which layers are kept first: influence (1 − cosine of input and output), or loss (of the model without the layer)", HelpName = "RANK", DefaultValueFactory = _ => "influence" };
        rank.AcceptOnlyFromAmong("influence", "loss");
        return rank;
    }
}
