using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Reports;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare eval</c> would take.</summary>
internal static class EvalPlan
{
    /// <summary>Tokens of an average task document with its choices; the tasks' files are not read for an estimate.</summary>
    private const int TokensPerDocument = 150;

    /// <summary>Most rows of logits that are in memory at a time.</summary>
    private const int LogitRows = 128;

    public static void Show(Model model, TokenWindows? windows, IReadOnlyList<TaskDefinition> tasks, EvalRequest request, ResultWriter results)
    {
        using var machine = MachineSpeed.Measure(request.Engine.Threads);
        var notes = new List<string>();
        var outline = ModelOutline.Of(model);
        var longest = windows?.Window ?? 512;
        var memory = Memory(outline, longest);
        double? seconds = 0;
        if (windows is not null)
        {
            var tokens = (double)windows.Count * windows.Window;
            seconds += machine.PrefillSeconds(outline, tokens);
            notes.Add($"{Quantity.Count(windows.Count)} windows of {Quantity.Count(windows.Window)} tokens");
            if (request.Against is { } against)
            {
                using var opened = Model.Open(against);
                var reference = ModelOutline.Of(opened);
                memory += Memory(reference, longest) - MemoryParts.Program;
                seconds += machine.PrefillSeconds(reference, tokens);
                notes.Add($"{against} runs over the same windows");
            }
        }

        foreach (var task in tasks)
        {
            if (request.Limit is { } limit && seconds is not null) seconds += machine.PrefillSeconds(outline, (double)limit * TokensPerDocument * (1 + (request.Shots ?? task.DefaultShots)));
            else seconds = null;
            notes.Add(request.Limit is { } most ? $"{task.Name}: at most {most} documents, taken as {TokensPerDocument} tokens each" : $"{task.Name}: all documents; the time depends on their number");
        }

        var disk = request.Report is null ? 0 : 100_000;
        if (request.StateFile is not null) disk += 20 * (windows?.Count ?? 0);
        PlanText.Show(new WorkPlan { What = $"evaluate {request.Path}", MemoryBytes = memory, DiskBytes = disk, Seconds = seconds, Notes = notes }, results);
    }

    private static long Memory(ModelOutline model, long window)
    {
        var parts = new MemoryParts(model);
        return parts.Weights + parts.Cache(window) + parts.Activations(window) + 4L * LogitRows * model.Config.VocabularySize;
    }
}
