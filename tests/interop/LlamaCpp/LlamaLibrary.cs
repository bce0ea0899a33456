using System.Reflection;
using System.Runtime.InteropServices;

namespace Pare.Interop;

/// <summary>Finds and loads the llama.cpp build of the npm package <c>@node-llama-cpp/linux-x64</c>, once per process.</summary>
/// <remarks>
/// The libraries find one another by their run path, but the CPU backends are plug-ins: ggml picks the best of them for this processor
/// when told the folder. The struct layouts of this binding are those of the version named in <see cref="Version"/>; another is refused.
/// </remarks>
internal static class LlamaLibrary
{
    /// <summary>The llama.cpp version whose structs <see cref="LlamaNative"/> lays out.</summary>
    public const string Version = "0.5.0-dev";

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, nint> Handles = [];
    private static string? _loadedFrom;

    /// <summary>The folder of the libraries, under the repository's tests/interop/node_modules.</summary>
    public static string FolderIn(string repository) =>
        Path.Combine(repository, "tests", "interop", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");

    /// <summary>Whether the libraries are installed and this machine can run them.</summary>
    public static bool IsInstalledIn(string repository) =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && Directory.Exists(FolderIn(repository));

    /// <summary>Loads the libraries, routes their log to <see cref="LlamaLog"/> and registers the CPU backend.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="processor">ggml's name of the processors whose backend is taken, such as <c>haswell</c> (AVX2, no AVX-512); null leaves the choice to ggml.</param>
    /// <exception cref="LlamaException">A library is missing, or is of another version.</exception>
    public static void Load(string repository, string? processor = null)
    {
        var folder = FolderIn(repository);
        lock (Gate)
        {
            if (_loadedFrom == folder) return;
            if (_loadedFrom is not null) throw new LlamaException($"llama.cpp is already loaded from {_loadedFrom}, not from {folder}");
            // Dependencies first, though the run path would find them: the names used in the imports are bound to these very files.
            foreach (var (name, pattern) in new[] { ("ggml-base", "libggml-base*.so"), ("ggml", "libggml.*so"), ("llama", "libllama.*so") })
            {
                var file = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern).SingleOrDefault() : null;
                if (file is null) throw new LlamaException($"no single {pattern} in {folder}; run npm install --ignore-scripts in tests/interop");
                Handles[name] = NativeLibrary.Load(file);
            }

            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => Handles.GetValueOrDefault(name));
            var found = Marshal.PtrToStringUTF8(LlamaNative.Version());
            if (found != Version) throw new LlamaException($"the binding describes llama.cpp {Version}, but {folder} holds {found}; check the structs of {nameof(LlamaNative)} against its llama.h");
            LlamaLog.Attach();
            if (processor is null) LlamaNative.LoadBackendsFrom(folder);
            else if (LlamaNative.LoadBackend(Path.Combine(folder, $"libggml-cpu-{processor}.so")) == 0) throw new LlamaException($"ggml does not load its backend for {processor}; {folder} has {Backends(folder)}");
            LlamaNative.InitializeBackend();
            _loadedFrom = folder;
        }
    }

    /// <summary>The processor features that the chosen CPU backend reports, for the record beside a figure.</summary>
    public static string SystemInformation => Marshal.PtrToStringUTF8(LlamaNative.SystemInfo()) ?? "";

    private static string Backends(string folder) => string.Join(", ", Directory.EnumerateFiles(folder, "libggml-cpu-*.so").Select(file => Path.GetFileNameWithoutExtension(file)["libggml-cpu-".Length..]).Order());

    /// <summary>Address of a function that the libraries export.</summary>
    internal static nint Export(string library, string name) => NativeLibrary.GetExport(Handles[library], name);
}
