using System.Runtime.InteropServices;
using Pare.Numerics;

namespace Pare.Interop;

/// <summary>A pool of ggml's threads that stays alive between graphs and polls for the next, as llama.cpp's own programs have it.</summary>
/// <remarks>Each thread has a processor of its own. ggml gives its worker i processor i − 1 and its caller the last one, <see cref="CallerProcessor"/>.</remarks>
internal sealed unsafe class GgmlThreadPool : IDisposable
{
    private readonly nint _backend;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _pause;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _free;

    public GgmlThreadPool(int threads)
    {
        if (threads < 1 || threads > Math.Min(GgmlThreadPoolParams.MostThreads, Environment.ProcessorCount)) throw new ArgumentOutOfRangeException(nameof(threads), threads, $"1 to {Environment.ProcessorCount}");
        // The plug-in that ggml chose is not linked to anything: its functions are found in the file that is mapped.
        var file = File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).FirstOrDefault(path => path.Contains("/libggml-cpu", StringComparison.Ordinal))
            ?? throw new LlamaException("ggml has no CPU backend; was its folder loaded?");
        _backend = NativeLibrary.Load(file);
        _pause = (delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(_backend, "ggml_threadpool_pause");
        _free = (delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(_backend, "ggml_threadpool_free");
        var create = (delegate* unmanaged[Cdecl]<GgmlThreadPoolParams*, nint>)NativeLibrary.GetExport(_backend, "ggml_threadpool_new");
        var parameters = LlamaNative.DefaultThreadPoolParams(threads);
        for (var i = 0; i < threads; i++) parameters.Processors[i] = 1;
        parameters.StrictProcessors = 1;
        CallerProcessor = threads - 1;
        // ggml binds the caller as well, for good; threads started by it later would inherit that.
        var affinity = ThreadAffinity.Current();
        Handle = create(&parameters);
        affinity?.Apply();
        if (Handle == 0) throw new LlamaException($"ggml does not create a pool of {threads} threads");
    }

    /// <summary>The processor that the thread which computes with this pool should be bound to.</summary>
    public int CallerProcessor { get; }

    internal nint Handle { get; private set; }

    /// <summary>Puts the threads to sleep; the next graph wakes them.</summary>
    public void Pause() => _pause(Handle);

    public void Dispose()
    {
        if (Handle != 0) _free(Handle);
        Handle = 0;
        NativeLibrary.Free(_backend);
    }
}
