using System.Text;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads GPT-2's pair of files: vocab.json (text to id) and merges.txt (a merge a line, best first).</summary>
internal static class Gpt2FilesReader
{
    /// <summary>Reads a tokenizer.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, or a merge names a token that the vocabulary lacks.</exception>
    public static Tokenizer Read(ReadOnlyMemory<byte> vocabularyContent, string vocabularyFile, ReadOnlySpan<byte> mergesContent, string mergesFile, TokenizerSettings settings)
    {
        var vocabulary = new Vocabulary(vocabularyFile, vocabularyContent.Length);
        foreach (var (text, id) in JsonPlace.Parse(vocabularyContent, vocabularyFile).Members()) vocabulary.Add(text, id.Int());
        int? unknown = settings.UnknownToken is { } name && vocabulary.Ids.TryGetValue(name, out var unknownId) ? unknownId : null;
        var options = new BpeOptions(ByteLevel: true, IgnoreMerges: false, ByteFallback: false, FuseUnknown: false, unknown);
        var model = BpeBuilder.FromMerges(mergesFile, vocabulary, Merges(mergesContent, mergesFile), options);
        var added = new List<AddedToken>();
        SpecialIds.AddFromSettings(added, vocabulary, settings);

        // The original GPT-2 files name no special tokens; its one mark begins and ends texts.
        var end = settings.NamesTokens ? null : "<|endoftext|>";
        var special = SpecialIds.Resolve(settings with { BosToken = settings.BosToken ?? end, EosToken = settings.EosToken ?? end }, vocabulary, unknown);
        var texts = vocabulary.ToTexts();
        return ByteLevelTokenizer.Create(model, texts, added, special, settings, [new Gpt2Splitter()], "byte-level BPE (vocab.json, merges.txt)");
    }

    /// <summary>Reads the lines of merges.txt.</summary>
    internal static List<(string Left, string Right)> Merges(ReadOnlySpan<byte> content, string file)
    {
        var merges = new List<(string, string)>();
        var number = 0;
        var text = Encoding.UTF8.GetString(content).AsSpan();
        foreach (var range in text.Split('\n'))
        {
            number++;
            var line = text[range].TrimEnd('\r');
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            var space = line.IndexOf(' ');
            if (space <= 0 || space != line.LastIndexOf(' '))
            {
                throw new ModelFormatException(file, $"line {number}", $"two tokens with a space between them were expected, \"{Vocabulary.Short(line.ToString())}\" was found");
            }

            merges.Add((line[..space].ToString(), line[(space + 1)..].ToString()));
        }

        return merges;
    }
}
