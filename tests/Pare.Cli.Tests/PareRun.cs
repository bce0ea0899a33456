using System.Diagnostics;
using System.Text.Json.Nodes;
using Pare.TestSupport;

namespace Pare.Cli.Tests;

/// <summary>One call of the command, in this process.</summary>
internal sealed record PareRun(int Code, string Output, string Error)
{
    /// <summary>The sample model of the repository.</summary>
    public static string SampleModel { get; } = SharedFiles.InRepository("models", "stories260K");

    /// <summary>The sample text of the repository.</summary>
    public static string SampleText { get; } = SharedFiles.InRepository("models", "stories.txt");

    /// <summary>Standard output as the one JSON object that it has to be.</summary>
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public static Task<PareRun> Of(params string[] args) => WithInput("", args);

    /// <summary>The command in a process of its own, which can be killed.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>The command, stopped as soon as a training folder holds a checkpoint.</summary>
    public static async Task<PareRun> StoppedAtCheckpoint(string training, params string[] args)
    {
        using var cancellation = new CancellationTokenSource();
        var run = Task.Run(() => WithInput("", args, cancellation.Token));
        while (!run.IsCompleted && !(Directory.Exists(training) && Directory.EnumerateDirectories(training, "step-*").Any())) await Task.Delay(1);
        await cancellation.CancelAsync();
        return await run;
    }

    public static Task<PareRun> WithInput(string input, params string[] args) => WithInput(input, args, default);

    private static async Task<PareRun> WithInput(string input, string[] args, CancellationToken cancellation)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var reader = new StringReader(input);
        var code = await Program.RunAsync(args, output, error, reader, cancellation);
        return new PareRun(code, output.ToString(), error.ToString());
    }
}
