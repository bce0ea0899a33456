using Pare.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pare.Cli.Output;

/// <summary>A progress bar that redraws itself on standard error, and disappears when the work is done.</summary>
internal sealed class LiveProgress : IProgressLine
{
    private readonly ProgressTask _task;
    private readonly string _title;
    private readonly NoteColumn _note;
    private readonly RemainingTime _remaining = new(TimeProvider.System);

    private LiveProgress(ProgressTask task, string title, NoteColumn note) => (_task, _title, _note) = (task, title, note);

    public static T Run<T>(string title, Func<IProgressLine, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var note = new NoteColumn();
        return console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), note)
            .Start(context => work(new LiveProgress(context.AddTask(Markup.Escape(title)), title, note)));
    }

    public void Report(string stage, long done, long total, string note = "")
    {
        var left = _remaining.Estimate(stage, done, total);
        _task.Description = Markup.Escape(stage.Length == 0 || stage == _title ? _title : $"{_title} · {stage}");
        _task.IsIndeterminate = total <= 0;
        _task.MaxValue = Math.Max(1, total);
        _task.Value = done;
        var parts = new List<string>();
        if (total > 0) parts.Add($"{done} of {total}");
        if (left is { } seconds) parts.Add($"{Quantity.Seconds(seconds)} left");
        if (note.Length > 0) parts.Add(note);
        _note.Text = string.Join(", ", parts);
    }

    private sealed class NoteColumn : ProgressColumn
    {
        public string Text { get; set; } = "";

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Text);
    }
}
