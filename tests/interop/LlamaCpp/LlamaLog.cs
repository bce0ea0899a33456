using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Pare.Interop;

/// <summary>Keeps what llama.cpp warns of instead of letting it print; information and debug lines are dropped.</summary>
internal static unsafe class LlamaLog
{
    private const int Warning = 3;
    private const int Error = 4;
    private const int Continuation = 5;
    private const int MostCharacters = 20_000;

    private static readonly StringBuilder Lines = new();
    private static bool _keeping;

    /// <summary>Warnings and errors since the last <see cref="Clear"/>.</summary>
    public static string Text
    {
        get
        {
            lock (Lines) return Lines.ToString();
        }
    }

    /// <summary>Forgets what was logged.</summary>
    public static void Clear()
    {
        lock (Lines) Lines.Clear();
    }

    internal static void Attach() => LlamaNative.SetLog(&Receive, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Receive(int level, byte* text, nint state)
    {
        lock (Lines)
        {
            if (level != Continuation) _keeping = level is Warning or Error;
            if (_keeping && Lines.Length < MostCharacters) Lines.Append(Marshal.PtrToStringUTF8((nint)text));
        }
    }
}
