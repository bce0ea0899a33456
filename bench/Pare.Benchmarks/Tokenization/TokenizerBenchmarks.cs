using System.Text;
using BenchmarkDotNet.Attributes;
using Pare.Tokenization;

namespace Pare.Benchmarks.Tokenization;

/// <summary>Encoding and decoding of English text, one thread; the column MB/s of a run is <see cref="Megabytes"/> over the mean time.</summary>
/// <remarks>
/// Reads wikipedia-validation.txt and three tokenizers from the folder of texts and models beside the repository (or PARE_SHARED);
/// without it, the sample model's tokenizer and a small text of the repository. A new tokenizer has an empty word cache: that is the case <c>Encode_new</c>.
/// </remarks>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private readonly List<int> _output = new(1 << 20);
    private Tokenizer _tokenizer = null!;
    private string _text = "";
    private string _folder = "";
    private int[] _ids = [];

    public static IEnumerable<string> Names => Shared is null ? ["stories260K"] : ["smollm2", "gpt2", "llama2-32k", "stories260K"];

    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    /// <summary>Size of the text as UTF-8, in millions of bytes.</summary>
    public double Megabytes => Encoding.UTF8.GetByteCount(_text) / 1e6;

    private static string? Shared { get; } = FindShared();

    [GlobalSetup]
    public void Setup()
    {
        _folder = Name == "stories260K" ? Path.Combine(Repository(), "models", "stories260K") : Path.Combine(Shared!, "tokenizers", Name);
        var path = Shared is null ? Path.Combine(Repository(), "models", "stories260K", "stories260K.md") : Path.Combine(Shared, "data", "text", "wikipedia-validation.txt");
        _text = File.ReadAllText(path);
        _tokenizer = TokenizerLoader.Load(_folder);
        _ids = _tokenizer.Encode(_text);
        Console.WriteLine($"{Name}: {Megabytes:F3} MB, {_ids.Length} tokens");
    }

    [Benchmark]
    public int Load() => TokenizerLoader.Load(_folder).VocabularySize;

    [Benchmark(Baseline = true)]
    public int Encode()
    {
        _output.Clear();
        _tokenizer.Encode(_text, _output);
        return _output.Count;
    }

    [Benchmark]
    public int Encode_new()
    {
        _output.Clear();
        TokenizerLoader.Load(_folder).Encode(_text, _output);
        return _output.Count;
    }

    [Benchmark]
    public int Decode() => _tokenizer.Decode(_ids).Length;

    private static string? FindShared()
    {
        var folder = Environment.GetEnvironmentVariable("PARE_SHARED") is { Length: > 0 } named ? named : Path.Combine(Repository(), "..", "shared");
        return Directory.Exists(Path.Combine(folder, "tokenizers")) ? folder : null;
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pare.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException("Pare.slnx was not found above " + AppContext.BaseDirectory);
    }
}
