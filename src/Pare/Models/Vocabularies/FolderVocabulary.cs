using System.Text.Json;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Models.Vocabularies;

/// <summary>Reads a folder's tokenizer files as a <see cref="GgufVocabulary"/>.</summary>
internal static class FolderVocabulary
{
    private static readonly string[] s_files = ["tokenizer.json", "tokenizer.model", "vocab.json"];

    /// <summary>Whether the folder has a tokenizer at all.</summary>
    public static bool Exists(string folder) => s_files.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Reads the files that <see cref="TokenizerLoader.Load"/> prefers.</summary>
    /// <exception cref="ExportException">GGUF has no name for this kind of tokenizer.</exception>
    public static GgufVocabulary Read(string folder, Tokenizer tokenizer)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json)) return FromTokenizerJson(json, tokenizer);
        var model = Path.Combine(folder, "tokenizer.model");
        if (File.Exists(model)) return FromSentencePiece(model, tokenizer);
        var merges = File.ReadAllLines(Path.Combine(folder, "merges.txt")).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));
        return new GgufVocabulary { Model = "gpt2", Pre = "gpt-2", Tokens = Texts(tokenizer), Kinds = Kinds(tokenizer), Merges = [.. merges] };
    }

    private static GgufVocabulary FromSentencePiece(string file, Tokenizer tokenizer)
    {
        var model = SentencePieceReader.Read(File.ReadAllBytes(file), file);
        var kinds = model.Pieces.Select(piece => piece.Kind).ToList();
        var texts = Texts(tokenizer);
        var scores = model.Pieces.Select(piece => piece.Score).ToList();
        for (var id = kinds.Count; id < texts.Count; id++)
        {
            kinds.Add(tokenizer.IsSpecial(id) ? PieceKind.Control : PieceKind.UserDefined);
            scores.Add(-1000);
        }

        return new GgufVocabulary { Model = "llama", Pre = "default", Tokens = texts, Kinds = kinds, Scores = scores, AddsSpacePrefix = model.AddsDummyPrefix };
    }

    private static GgufVocabulary FromTokenizerJson(string file, Tokenizer tokenizer)
    {
        using var document = BoundedJson.Open(file);
        var root = document.RootElement;
        var model = root.GetProperty("model");
        var merges = model.GetProperty("merges").EnumerateArray().Select(Merge).ToArray();
        var texts = Texts(tokenizer);
        var kinds = Kinds(tokenizer);
        foreach (var token in root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array ? added.EnumerateArray() : default)
        {
            var id = token.GetProperty("id").GetInt32();
            if (id < kinds.Count && kinds[id] == PieceKind.Normal) kinds[id] = token.GetProperty("special").GetBoolean() ? PieceKind.Control : PieceKind.UserDefined;
        }

        if (!(model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True))
        {
            var ignores = model.TryGetProperty("ignore_merges", out var ignore) && ignore.ValueKind == JsonValueKind.True;
            return new GgufVocabulary { Model = "gpt2", Pre = PreTokenizerNames.Find(file, root, ignores), Tokens = texts, Kinds = kinds, Merges = merges };
        }

        for (var id = 0; id < texts.Count; id++)
        {
            if (texts[id].Length == 6 && texts[id].StartsWith("<0x", StringComparison.Ordinal)) kinds[id] = PieceKind.Byte;
        }

        if (tokenizer.UnknownId is { } unknown) kinds[unknown] = PieceKind.Unknown;
        return new GgufVocabulary
        {
            Model = "llama",
            Pre = "default",
            Tokens = texts,
            Kinds = kinds,
            Scores = Scores(texts, merges),
            AddsSpacePrefix = root.GetRawText().Contains("\"Prepend\"", StringComparison.Ordinal)
                || root.GetRawText().Contains("\"prepend_scheme\": \"first\"", StringComparison.Ordinal),
        };
    }

    // SentencePiece merges the pair whose result scores highest: the earlier the merge, the higher.
    private static List<float> Scores(List<string> texts, string[] merges)
    {
        var rank = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < merges.Length; i++) rank.TryAdd(merges[i].Replace(" ", "", StringComparison.Ordinal), i);
        return [.. texts.Select(text => rank.TryGetValue(text, out var at) ? -at - 1 : -1e6f)];
    }

    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.Array
        ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString()!;

    private static List<string> Texts(Tokenizer tokenizer)
    {
        var texts = new List<string>(tokenizer.VocabularySize);
        for (var id = 0; id < tokenizer.VocabularySize; id++) texts.Add(tokenizer.TokenText(id) is { Length: > 0 } text ? text : $"[PAD{id}]");
        return texts;
    }

    private static List<PieceKind> Kinds(Tokenizer tokenizer) => [.. Enumerable.Range(0, tokenizer.VocabularySize)
        .Select(id => tokenizer.IsSpecial(id) ? PieceKind.Control : tokenizer.TokenText(id).Length == 0 ? PieceKind.Unused : PieceKind.Normal)];
}
