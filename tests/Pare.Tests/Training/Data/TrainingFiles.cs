using Pare.Tests.Formats;
using Pare.Tests.Tokenization;
using Pare.Tokenization;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Training files of one test, with a small byte-level tokenizer: <c>hello</c> is 259, <c>␣world</c> 264, BOS 300, EOS 301, any other byte itself.</summary>
internal sealed class TrainingFiles : IDisposable
{
    public const int Hello = 259, World = 264, Bos = 300, Eos = 301;

    /// <summary>A template of a plain kind.</summary>
    public const string Template = "{% for m in messages %}<s>{{ m.role }}:{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<s>assistant:{% endif %}";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _files = [];

    public Tokenizer Tokenizer { get; private set; } = Make(null, "</s>");

    public IReadOnlyList<string> Files => _files;

    public static Tokenizer Make(string? template, string? eos) =>
        SmallTokenizer.Read(SmallTokenizer.ByteLevel(), new TokenizerSettings { BosToken = "<s>", EosToken = eos, ChatTemplate = template });

    public TrainingFiles With(Tokenizer tokenizer)
    {
        Tokenizer = tokenizer;
        return this;
    }

    public TrainingFiles Add(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        _files.Add(_folder.File(name));
        return this;
    }

    public TokenDataset Load(int window = 1, PlainTextRule rule = PlainTextRule.WholeFile, int vocabulary = 302) =>
        TokenDataset.Load(_files, Tokenizer, window, vocabulary, new TrainingTextOptions { PlainText = rule });

    /// <summary>All tokens, by windows of one: the first input and every target, −1 where it is not learned.</summary>
    public int[] Targets(PlainTextRule rule = PlainTextRule.WholeFile)
    {
        var dataset = Load(1, rule);
        var all = new int[dataset.WindowCount + 1];
        for (var window = 0; window < dataset.WindowCount; window++)
        {
            var input = new int[1];
            dataset.Read(window, input, all.AsSpan(window + 1, 1));
            if (window == 0) all[0] = input[0];
        }

        return all;
    }

    public void Dispose() => _folder.Dispose();
}
