using System.Text;

namespace Pare.Tokenization;

/// <summary>Byte pair encoding over a vocabulary: symbols of a word, merged by rank until nothing merges.</summary>
/// <remarks>
/// One engine for both kinds: GPT-2's (symbols are bytes) and SentencePiece's (symbols are characters, ranks follow the scores).
/// Where the vocabulary allows it (<see cref="CutTable"/>) a text is cut first, which leaves the result unchanged and makes words short.
/// </remarks>
internal sealed class BpeModel
{
    private readonly BpeOptions _options;
    private readonly MergeTable _merges;
    private readonly int _vocabularySize;
    private readonly int[] _byteIds;
    private readonly int[] _basicPlane;
    private readonly Dictionary<int, int> _astral = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly CutTable? _cuts;
    private readonly UnusedTokens? _unused;

    /// <summary>Creates a model.</summary>
    /// <param name="vocabularySize">Ids from here on stand for characters that occur only inside tokens.</param>
    /// <param name="characters">Id of each single character; empty for byte level.</param>
    /// <param name="byteIds">256 ids: of the byte alphabet, or of &lt;0xNN&gt;; -1 where missing.</param>
    /// <param name="words">Ids of the texts of tokens; used with <see cref="BpeOptions.IgnoreMerges"/>.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="options">The rest.</param>
    /// <param name="cuts">Where texts may be cut; null where they must not be.</param>
    /// <param name="unused">Tokens that must be taken apart again after merging, where there are any.</param>
    public BpeModel(
        int vocabularySize,
        IReadOnlyDictionary<int, int> characters,
        int[] byteIds,
        Dictionary<string, int> words,
        MergeTable merges,
        BpeOptions options,
        CutTable? cuts,
        UnusedTokens? unused)
    {
        _vocabularySize = vocabularySize;
        _byteIds = byteIds;
        _merges = merges;
        _options = options;
        _cuts = cuts;
        _unused = unused;
        _words = words.GetAlternateLookup<ReadOnlySpan<char>>();
        _basicPlane = options.ByteLevel ? [] : new int[0x10000];
        _basicPlane.AsSpan().Fill(-1);
        foreach (var (rune, id) in characters)
        {
            if (rune < 0x10000) _basicPlane[rune] = id;
            else _astral[rune] = id;
        }
    }

    /// <summary>Appends the ids of a piece of text.</summary>
    public void Encode(ReadOnlySpan<char> piece, EncodeState state)
    {
        if (_cuts is null)
        {
            EncodeWord(piece, state);
            return;
        }

        for (var start = 0; start < piece.Length;)
        {
            var end = _cuts.EndOfPart(piece, start);
            EncodeWord(piece[start..end], state);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, EncodeState state)
    {
        if (word.Length > WordCache.LongestWord)
        {
            MergeWord(word, state);
            return;
        }

        var hash = WordCache.Hash(word);
        if (state.Cache.TryGet(word, hash, out var ids))
        {
            state.Ids.AddRange(ids);
            return;
        }

        var before = state.Ids.Count;
        MergeWord(word, state);
        state.Cache.Add(word, hash, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(state.Ids)[before..]);
    }

    private void MergeWord(ReadOnlySpan<char> word, EncodeState state)
    {
        if (_options.IgnoreMerges && _words.TryGetValue(word, out var whole))
        {
            state.Ids.Add(whole);
            return;
        }

        var symbols = state.Symbols;
        symbols.Clear();
        if (_options.ByteLevel) AddBytes(word, symbols);
        else AddCharacters(word, symbols);
        symbols.Merge(_merges);
        Emit(word, symbols, state.Ids);
    }

    private void AddBytes(ReadOnlySpan<char> word, SymbolList symbols)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < word.Length;)
        {
            var character = word[i];
            if (character < 0x80)
            {
                symbols.Add(_byteIds[character], i++);
                continue;
            }

            Rune.DecodeFromUtf16(word[i..], out var rune, out var used);
            var count = rune.EncodeToUtf8(utf8);
            for (var b = 0; b < count; b++) symbols.Add(_byteIds[utf8[b]], i);
            i += used;
        }
    }

    private void AddCharacters(ReadOnlySpan<char> word, SymbolList symbols)
    {
        for (var i = 0; i < word.Length;)
        {
            var character = word[i];
            if (!char.IsSurrogate(character))
            {
                symbols.Add(_basicPlane[character], i++);
                continue;
            }

            Rune.DecodeFromUtf16(word[i..], out var rune, out var used);
            symbols.Add(rune.Value < 0x10000 ? _basicPlane[rune.Value] : _astral.GetValueOrDefault(rune.Value, -1), i);
            i += used;
        }
    }

    private void Emit(ReadOnlySpan<char> word, SymbolList symbols, List<int> ids)
    {
        var lastWasUnknown = false;
        for (var i = 0; i < symbols.Count; i++)
        {
            var id = symbols.Ids[i];
            if ((uint)id < (uint)_vocabularySize)
            {
                if (_unused is null || !_unused.TryEmit(id, ids)) ids.Add(id);
                lastWasUnknown = false;
                continue;
            }

            if (!_options.ByteLevel && _options.ByteFallback && TryEmitBytes(word[symbols.Starts[i]..], ids))
            {
                lastWasUnknown = false;
                continue;
            }

            if (_options.UnknownId is { } unknown && !(lastWasUnknown && _options.FuseUnknown)) ids.Add(unknown);
            lastWasUnknown = true;
        }
    }

    private bool TryEmitBytes(ReadOnlySpan<char> text, List<int> ids)
    {
        Span<byte> utf8 = stackalloc byte[4];
        Rune.DecodeFromUtf16(text, out var rune, out _);
        var count = rune.EncodeToUtf8(utf8);
        for (var b = 0; b < count; b++)
        {
            if (_byteIds[utf8[b]] < 0) return false;
        }

        for (var b = 0; b < count; b++) ids.Add(_byteIds[utf8[b]]);
        return true;
    }
}
