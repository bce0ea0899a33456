using Pare.Formats;
using Pare.Models;

namespace Pare.Benchmarks.Comparison;

/// <summary>The files that both programs run: those given, or exports of the given models to the formats asked for, which are deleted afterwards.</summary>
internal sealed class ComparedFiles : IDisposable
{
    private readonly DirectoryInfo? _folder;

    public ComparedFiles(ComparisonOptions options)
    {
        if (options.Formats.Count == 0)
        {
            Paths = options.Models;
            return;
        }

        _folder = Directory.CreateTempSubdirectory("pare-compare");
        var paths = new List<string>();
        foreach (var path in options.Models)
        {
            using var model = Model.Open(path);
            var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path));
            foreach (var format in options.Formats)
            {
                var export = Path.Combine(_folder.FullName, $"{name} as {format}.gguf");
                ModelExporter.Export(model, export, new ExportOptions { Format = format });
                paths.Add(export);
            }
        }

        Paths = paths;
    }

    public IReadOnlyList<string> Paths { get; }

    public void Dispose() => _folder?.Delete(recursive: true);
}
