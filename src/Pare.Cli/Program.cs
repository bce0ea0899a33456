using System.Runtime.InteropServices;

namespace Pare.Cli;

/// <summary>The <c>pare</c> command.</summary>
public static class Program
{
    /// <summary>Exit code: everything was done.</summary>
    public const int Done = 0;

    /// <summary>Exit code: it could not be done, or was cancelled.</summary>
    public const int Failed = 1;

    /// <summary>Exit code: the command line asks for something that does not exist or does not fit.</summary>
    public const int Misused = 2;

    /// <summary>Runs the command in this process.</summary>
    /// <param name="args">The command line, without the name of the program.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <param name="input">What a chat or <c>-p -</c> reads; null is empty.</param>
    /// <param name="cancellation">What Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, TextReader? input = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        var terminal = new Terminal(output, error, input ?? TextReader.Null, IsInteractive: false, cancellation);
        return Task.Run(() => CommandLine.Run(args, terminal), CancellationToken.None);
    }

    private static int Main(string[] args)
    {
        using var cancellation = new CancellationTokenSource();
        void Cancel(PosixSignalContext context)
        {
            // The second time, the system's own way: at once.
            context.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        var terminal = new Terminal(Console.Out, Console.Error, Console.In, !Console.IsErrorRedirected, cancellation.Token);
        return CommandLine.Run(args, terminal);
    }
}
