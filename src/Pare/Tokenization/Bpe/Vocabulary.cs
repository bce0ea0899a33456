using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Tokens by id and by text while a tokenizer's file is read; refuses what contradicts itself.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="fileLength">Its length in bytes: no id may be far beyond it, so that no table outgrows the file.</param>
internal sealed class Vocabulary(string file, long fileLength)
{
    private const int LongestToken = 1 << 13;

    private string?[] _texts = new string?[1024];

    /// <summary>Largest id plus one.</summary>
    public int Count { get; private set; }

    /// <summary>Ids by text.</summary>
    public Dictionary<string, int> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Text of an id, or null.</summary>
    public string? this[int id] => id < Count ? _texts[id] : null;

    /// <summary>Texts by id.</summary>
    public string?[] ToTexts() => _texts[..Count];

    /// <summary>Adds a token of the model.</summary>
    public void Add(string text, int id)
    {
        Place(text, id);
        if (_texts[id] is { } other && other != text)
        {
            throw new ModelFormatException(file, $"token id {id}", $"belongs to two tokens, \"{Short(other)}\" and \"{Short(text)}\"; each id must belong to one");
        }

        if (!Ids.TryAdd(text, id) && Ids[text] != id)
        {
            throw new ModelFormatException(file, $"token \"{Short(text)}\"", $"has two ids, {Ids[text]} and {id}; each token must have one");
        }

        _texts[id] = text;
    }

    /// <summary>Sets the text of an id that may be in use already, as added tokens may; a text keeps its first id.</summary>
    public void Override(string text, int id)
    {
        Place(text, id);
        _texts[id] = text;
        Ids.TryAdd(text, id);
    }

    /// <summary>Sets the text of an id alone, where files may repeat a text.</summary>
    public void Append(string text)
    {
        var id = Count;
        Place(text, id);
        _texts[id] = text;
        Ids.TryAdd(text, id);
    }

    /// <summary>A token's text made fit for a message.</summary>
    public static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private void Place(string text, int id)
    {
        if (id < 0 || id > fileLength + 65536)
        {
            throw new ModelFormatException(file, $"token \"{Short(text)}\"", $"has the id {id}; ids must be at least 0 and in keeping with a file of {fileLength} bytes");
        }

        if (text.Length > LongestToken)
        {
            throw new ModelFormatException(file, $"token id {id}", $"has a text of {text.Length} characters; at most {LongestToken} are read");
        }

        if (id >= _texts.Length) Array.Resize(ref _texts, Math.Max(id + 1, Math.Min(_texts.Length * 2, (int)Math.Min(fileLength + 65537, int.MaxValue / 2))));
        Count = Math.Max(Count, id + 1);
    }
}
