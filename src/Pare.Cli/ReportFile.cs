using Pare.Cli.Output;
using Pare.Reports;

namespace Pare.Cli;

/// <summary>The page that --report asks for.</summary>
internal static class ReportFile
{
    /// <summary>Refuses a path that cannot be written, before hours of work.</summary>
    public static void Check(string path, string option = "--report", string example = "report.html")
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{option} {path}: there is no folder {folder}; make it first");
        if (Directory.Exists(path)) throw new UsageException($"{option} {path}: is a folder; give a file name such as {Path.Combine(path, example)}");
    }

    public static void Save(HtmlReport report, string path, ResultWriter results)
    {
        report.Footer = $"Written by {Version} · {string.Join(' ', results.Terminal.Arguments.Select(Quoted).Prepend("pare"))}";
        report.Save(path);
        results.Note($"report: {path}");
    }

    /// <summary>An argument as a shell takes it.</summary>
    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@%+".Contains(c, StringComparison.Ordinal))
            ? argument : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static string Version => "pare " + (typeof(HtmlReport).Assembly.GetName().Version?.ToString(3) ?? "");
}
