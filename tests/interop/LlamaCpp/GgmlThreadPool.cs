namespace Pare.Interop;

/// <summary>A pool of ggml's threads that stays alive between graphs, thread i on processor i, polling as llama.cpp's own programs do.</summary>
internal sealed unsafe class GgmlThreadPool : IDisposable
{
    private readonly nint _backend;

    public GgmlThreadPool(int threads)
    {
        if (threads < 1 || threads > Math.Min(GgmlThreadPoolParams.MostThreads, Environment.ProcessorCount)) throw new ArgumentOutOfRangeException(nameof(threads), threads, $"1 to {Environment.ProcessorCount}");
        _backend = LlamaNative.BackendNamed("CPU");
        if (_backend == 0) throw new LlamaException("ggml has no CPU backend; was its folder loaded?");
        var parameters = LlamaNative.DefaultThreadPoolParams(threads);
        for (var i = 0; i < threads; i++) parameters.Processors[i] = 1;
        parameters.StrictProcessors = 1;
        Handle = ((delegate* unmanaged[Cdecl]<GgmlThreadPoolParams*, nint>)Function("ggml_threadpool_new"))(&parameters);
        if (Handle == 0) throw new LlamaException($"ggml does not create a pool of {threads} threads");
    }

    internal nint Handle { get; private set; }

    public void Dispose()
    {
        if (Handle != 0) ((delegate* unmanaged[Cdecl]<nint, void>)Function("ggml_threadpool_free"))(Handle);
        Handle = 0;
    }

    private nint Function(string name)
    {
        var address = LlamaNative.BackendFunction(_backend, name);
        return address != 0 ? address : throw new LlamaException($"ggml's CPU backend has no {name}");
    }
}
