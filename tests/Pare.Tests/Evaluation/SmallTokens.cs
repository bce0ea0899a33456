using System.Runtime.InteropServices;
using System.Text;
using Pare.Evaluation;
using Pare.Numerics;
using Pare.Tests.Formats;

namespace Pare.Tests.Evaluation;

/// <summary>A safetensors file of random token windows.</summary>
internal sealed class SmallTokens : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallTokens(int vocabulary, int windows, int length)
    {
        var random = new SeededRandom(5);
        var ids = new long[windows * length];
        foreach (ref var id in ids.AsSpan()) id = random.NextInt(vocabulary);
        var header = Encoding.UTF8.GetBytes($$$"""{"input_ids":{"dtype":"I64","shape":[{{{windows}}},{{{length}}}],"data_offsets":[0,{{{8 * ids.Length}}}]}}""");
        Path = _folder.Write("tokens.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, .. MemoryMarshal.AsBytes<long>(ids)]);
    }

    public string Path { get; }

    /// <summary>Such windows in memory.</summary>
    public static TokenWindows Windows(int vocabulary, int windows, int length)
    {
        using var file = new SmallTokens(vocabulary, windows, length);
        return TokenWindows.FromFile(file.Path);
    }

    public void Dispose() => _folder.Dispose();
}
