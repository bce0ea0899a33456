using System.Diagnostics;
using Pare.TestSupport;

namespace Pare.Interop.Tests;

/// <summary>Runs a script of tests/interop with node.</summary>
internal static class NodeScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs it to its end.</summary>
    /// <param name="script">Name of the file in tests/interop.</param>
    /// <param name="input">What the script reads from standard input; null for nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    public static string Run(string script, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = SharedFiles.InRepository("tests", "interop"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(script);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"node does not start {script}");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using (var standardInput = process.StandardInput)
        {
            if (input is not null) standardInput.Write(input);
        }

        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{script} did not end within {Patience}");
        }

        Assert.True(process.ExitCode == 0, $"{script} failed: {errors.GetAwaiter().GetResult()}");
        return output.GetAwaiter().GetResult();
    }
}
