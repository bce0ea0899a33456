using System.Text.Json.Nodes;
using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>Shows what --plan asks for.</summary>
internal static class PlanText
{
    public static void Show(WorkPlan plan, ResultWriter results)
    {
        if (results.IsJson)
        {
            var json = new JsonObject { ["what"] = plan.What, ["memoryBytes"] = plan.MemoryBytes, ["diskBytes"] = plan.DiskBytes };
            if (plan.Seconds is { } seconds) json["seconds"] = seconds;
            json["notes"] = new JsonArray([.. plan.Notes.Select(note => JsonValue.Create(note))]);
            results.Json(new JsonObject { ["plan"] = json });
            return;
        }

        var table = new ReportTable($"would {plan.What}", new ReportColumn("", IsNumeric: false), new ReportColumn("", IsNumeric: false));
        table.Add("  memory", "about " + Quantity.Bytes(plan.MemoryBytes));
        table.Add("  disk", plan.DiskBytes == 0 ? "nothing" : "about " + Quantity.Bytes(plan.DiskBytes));
        table.Add("  time", plan.Seconds is { } time ? "about " + Quantity.Seconds(time) : "unknown");
        results.Table(table);
        foreach (var note in plan.Notes) results.Line("  " + note);
        results.Line("nothing was started");
    }
}
