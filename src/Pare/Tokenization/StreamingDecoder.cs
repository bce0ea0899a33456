namespace Pare.Tokenization;

/// <summary>Turns token ids into text as they come, never giving out half a character.</summary>
/// <remarks>
/// The texts returned by <see cref="Append"/> and <see cref="Flush"/>, joined, are what <see cref="Tokenizer.Decode"/> gives for all ids at once.
/// Not for use by several threads at a time.
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private byte[] _pending = new byte[64];
    private int _pendingCount;
    private int _spacesToStrip;
    private bool _started;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _spacesToStrip = tokenizer.Decoder.LeadingSpaces;
    }

    /// <summary>Adds a token and returns the text that is complete now; often empty in the middle of a character.</summary>
    /// <param name="id">The token, 0 ≤ id &lt; <see cref="Tokenizer.VocabularySize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id)
    {
        Add(id);
        var settled = TokenDecoder.SettledLength(_pending.AsSpan(0, _pendingCount));
        if (settled == 0) return "";
        var text = _tokenizer.Decoder.ToText(_pending.AsSpan(0, settled));
        _pending.AsSpan(settled, _pendingCount - settled).CopyTo(_pending);
        _pendingCount -= settled;
        return text;
    }

    /// <summary>Returns what is left at the end: U+FFFD for the bytes of an unfinished character, else nothing.</summary>
    public string Flush()
    {
        var text = _tokenizer.Decoder.ToText(_pending.AsSpan(0, _pendingCount));
        _pendingCount = 0;
        return text;
    }

    /// <summary>Adds a token's bytes without returning text.</summary>
    internal void Add(int id)
    {
        if ((uint)id >= (uint)_tokenizer.VocabularySize)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has the ids 0 to {_tokenizer.VocabularySize - 1}");
        }

        if (_skipSpecialTokens && _tokenizer.IsSpecial(id)) return;
        var decoder = _tokenizer.Decoder;
        var bytes = decoder.Bytes(id);
        if (_started && decoder.Separator.Length > 0) Write(decoder.Separator);
        if (!_started && decoder.StripsFirstToken) bytes = bytes.TrimStart((byte)' ');
        _started = true;
        while (_spacesToStrip > 0 && !bytes.IsEmpty)
        {
            _spacesToStrip = bytes[0] == ' ' ? _spacesToStrip - 1 : 0;
            if (bytes[0] != ' ') break;
            bytes = bytes[1..];
        }

        Write(bytes);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_pending.Length - _pendingCount < bytes.Length) Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _pendingCount + bytes.Length));
        bytes.CopyTo(_pending.AsSpan(_pendingCount));
        _pendingCount += bytes.Length;
    }
}
