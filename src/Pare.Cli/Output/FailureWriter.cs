using System.CommandLine;
using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Search;
using Pare.Tokenization;
using Pare.Training;

namespace Pare.Cli.Output;

/// <summary>Turns failures into one line on standard error (and an object with --json) and an exit code.</summary>
internal sealed class FailureWriter(Terminal terminal, bool json, bool debug)
{
    public int Misuse(IReadOnlyList<string> problems, Command command)
    {
        foreach (var problem in problems) terminal.Error.WriteLine("pare: " + OneLine(problem));
        var name = command is RootCommand ? "pare" : "pare " + command.Name;
        terminal.Error.WriteLine($"'{name} --help' shows what is understood.");
        WriteJson("misuse", string.Join(" ", problems), null);
        return Program.Misused;
    }

    public int Report(Exception exception)
    {
        var (kind, message, code) = exception switch
        {
            OperationCanceledException => ("cancelled", "cancelled; nothing is left half-written", Program.Failed),
            UsageException usage => ("misuse", usage.Message, Program.Misused),
            ArgumentException argument => ("misuse", WithoutParameterName(argument), Program.Misused),
            ModelFormatException or TrainingException or StudyException or ExportException or RecipeException or CalibrationException or CurvatureException or ChatTemplateException or IOException or UnauthorizedAccessException or NotFiniteNumberException => ("failed", exception.Message, Program.Failed),
            InsufficientMemoryException insufficient => ("failed", insufficient.Message, Program.Failed),
            OutOfMemoryException => ("failed", "out of memory; --plan shows what a command needs", Program.Failed),
            _ => ("failed", $"unexpected {exception.GetType().Name}: {exception.Message} (--debug shows where)", Program.Failed),
        };
        terminal.Error.WriteLine("pare: " + OneLine(message));
        if (debug) terminal.Error.WriteLine(exception.ToString());
        WriteJson(kind, message, exception as ModelFormatException);
        return code;
    }

    private void WriteJson(string kind, string message, ModelFormatException? format)
    {
        if (!json) return;
        var error = new JsonObject { ["kind"] = kind, ["message"] = message };
        if (format is not null) error["file"] = format.File;
        if (format is { Place.Length: > 0 }) error["place"] = format.Place;
        JsonText.Write(new JsonObject { ["error"] = error }, terminal.Output);
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();

    private static string WithoutParameterName(ArgumentException exception)
    {
        var suffix = exception.ParamName is null ? "" : $" (Parameter '{exception.ParamName}')";
        var message = exception.Message;
        if (suffix.Length > 0) message = message.Replace(suffix, "", StringComparison.Ordinal);
        return message;
    }
}
