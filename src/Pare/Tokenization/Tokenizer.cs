namespace Pare.Tokenization;

/// <summary>Text to token ids and back: byte-level BPE (GPT-2 and its descendants) and SentencePiece-style BPE with byte fallback.</summary>
/// <remarks>
/// <see cref="TokenizerLoader"/> makes one from a model folder or from GGUF metadata. Safe for use by several threads.
/// Unpaired surrogates in a text count as U+FFFD.
/// </remarks>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly bool[] _special;
    private readonly AddedTokenMatcher _all;
    private readonly AddedTokenMatcher _allNormalized;
    private readonly AddedTokenMatcher _plain;
    private readonly AddedTokenMatcher _plainNormalized;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private EncodeState? _idle;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _special = new bool[parts.Texts.Length];
        foreach (var token in parts.AddedTokens) _special[token.Id] |= token.IsSpecial;
        foreach (var id in parts.ControlIds) _special[id] = true;
        _all = Matcher(token => !token.IsNormalized, normalize: false);
        _allNormalized = Matcher(token => token.IsNormalized, normalize: true);
        _plain = Matcher(token => !token.IsNormalized && !token.IsSpecial, normalize: false);
        _plainNormalized = Matcher(token => token.IsNormalized && !token.IsSpecial, normalize: true);
        for (var id = parts.Texts.Length - 1; id >= 0; id--)
        {
            if (parts.Texts[id] is { } text) _ids[text] = id;
        }

        StopIds = [.. parts.StopIds.Concat(parts.EosId is { } eos ? [eos] : []).Distinct().Order()];
    }

    /// <summary>Number of ids: the largest id plus one.</summary>
    public int VocabularySize => _parts.Texts.Length;

    /// <summary>Id of the token that begins a text, where there is one.</summary>
    public int? BosId => _parts.BosId;

    /// <summary>Id of the token that ends a text, where there is one.</summary>
    public int? EosId => _parts.EosId;

    /// <summary>Id of the padding token, where there is one.</summary>
    public int? PadId => _parts.PadId;

    /// <summary>Id of the token for text that has none, where there is one.</summary>
    public int? UnknownId => _parts.UnknownId;

    /// <summary>Every id at which generation ends, ascending: <see cref="EosId"/>, those of generation_config.json, and the end-of-turn tokens of chat models.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Whether <see cref="Encode(string, bool, bool)"/> puts <see cref="BosId"/> first.</summary>
    public bool AddsBos => _parts.BosId is { } bos && _parts.Prefix.Contains(bos);

    /// <summary>Source of the model's chat template, where it has one.</summary>
    public string? ChatTemplate => _parts.ChatTemplate;

    /// <summary>The kind of tokenizer in words, for people.</summary>
    public string Description => _parts.Description;

    internal TokenDecoder Decoder => _parts.Decoder;

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecialTokens">Puts the tokens that the model expects around a text (usually BOS, if any).</param>
    /// <param name="findSpecialTokens">Whether the name of a special token in the text stands for that token; false for text from strangers.</param>
    /// <returns>The ids.</returns>
    public int[] Encode(string text, bool addSpecialTokens = true, bool findSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>((text.Length / 4) + 4);
        Encode(text, ids, addSpecialTokens, findSpecialTokens);
        return [.. ids];
    }

    /// <summary>Encodes a text and appends its ids to a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="addSpecialTokens">Puts the tokens that the model expects around a text (usually BOS, if any).</param>
    /// <param name="findSpecialTokens">Whether the name of a special token in the text stands for that token; false for text from strangers.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, bool addSpecialTokens = true, bool findSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var state = Interlocked.Exchange(ref _idle, null) ?? new EncodeState();
        var own = state.Ids;
        state.Ids = ids;
        state.Bind(_parts.PreTokenizers, _parts.Model);
        try
        {
            if (addSpecialTokens) ids.AddRange(_parts.Prefix);
            EncodeRaw(text, state, findSpecialTokens);
            if (addSpecialTokens) ids.AddRange(_parts.Suffix);
        }
        finally
        {
            state.Ids = own;
            Interlocked.Exchange(ref _idle, state);
        }
    }

    /// <summary>Encodes a conversation by the model's chat template.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">Ends with the start of the assistant's next message.</param>
    /// <param name="variables">More variables for the template; see <see cref="Tokenization.ChatTemplate.Apply"/>.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="ChatTemplateException">The template failed or refused the messages.</exception>
    public int[] EncodeChat(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true, IReadOnlyDictionary<string, object?>? variables = null)
    {
        var source = ChatTemplate ?? throw new InvalidOperationException("the model has no chat template; encode a text that is written the way the model expects it");
        var text = Tokenization.ChatTemplate.Parse(source).Apply(
            messages, addGenerationPrompt, BosId is { } bos ? TokenText(bos) : null, EosId is { } eos ? TokenText(eos) : null, variables);
        return Encode(text, addSpecialTokens: false);
    }

    /// <summary>Decodes ids; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">The ids, each in the vocabulary.</param>
    /// <param name="skipSpecialTokens">Leaves special tokens out of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var decoder = new StreamingDecoder(this, skipSpecialTokens);
        foreach (var id in ids) decoder.Add(id);
        return decoder.Flush();
    }

    /// <summary>Creates a decoder for ids that come one at a time.</summary>
    /// <param name="skipSpecialTokens">Leaves special tokens out of the text.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new(this, skipSpecialTokens);

    /// <summary>The token as the tokenizer's file spells it (a space may be U+0120 or U+2581); empty for an id that has none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string TokenText(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return _parts.Texts[id] ?? "";
    }

    /// <summary>Finds the id of a token by its spelling in the tokenizer's file.</summary>
    public int? FindToken(string text) => _ids.TryGetValue(text, out var id) ? id : null;

    /// <summary>Whether a token is special (BOS, EOS, role marks …) and so left out of text on request.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    private AddedTokenMatcher Matcher(Func<AddedToken, bool> wanted, bool normalize) => new(
        from token in _parts.AddedTokens
        where wanted(token)
        select (normalize && _parts.Normalizer is { } normalizer ? normalizer.Apply(token.Content) : token.Content, token));

    private void EncodeRaw(ReadOnlySpan<char> text, EncodeState state, bool special)
    {
        var matcher = special ? _all : _plain;
        var at = 0;
        state.AtStart = true;
        while (matcher.TryFind(text, at, out var match))
        {
            EncodeStretch(text[at..match.Start], state, special);
            state.Ids.Add(match.Token.Id);
            state.AtStart = false;
            at = match.End;
        }

        EncodeStretch(text[at..], state, special);
    }

    private void EncodeStretch(ReadOnlySpan<char> text, EncodeState state, bool special)
    {
        if (text.IsEmpty) return;
        if (_parts.Normalizer is { } normalizer) text = normalizer.Apply(text.ToString());
        var matcher = special ? _allNormalized : _plainNormalized;
        var at = 0;
        while (matcher.TryFind(text, at, out var match))
        {
            EmitStretch(text[at..match.Start], state);
            state.Ids.Add(match.Token.Id);
            state.AtStart = false;
            at = match.End;
        }

        EmitStretch(text[at..], state);
    }

    private static void EmitStretch(ReadOnlySpan<char> text, EncodeState state)
    {
        if (text.IsEmpty) return;
        state.Emit(text, 0);
        state.AtStart = false;
    }
}
