using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Pare.Tokenization;

namespace Pare.Runtime;

/// <summary>One generation, advanced a token at a time.</summary>
internal sealed class GenerationRun
{
    private readonly TextGenerator _generator;
    private readonly GenerationOptions _options;
    private readonly Sampler _sampler;
    private readonly StreamingDecoder _decoder;
    private readonly StopStringFilter _stops;
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];   // prompt and continuation
    private readonly int _promptTokens;
    private readonly int _reused;
    private FinishReason? _finished;
    private long _start, _firstToken, _lastToken;

    public GenerationRun(TextGenerator generator, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        if (prompt.IsEmpty) throw new ArgumentException("the prompt has no token; give a text, or the beginning-of-text token", nameof(prompt));
        if (prompt.Length >= generator.ContextLength)
            throw new ArgumentException($"the prompt has {prompt.Length} tokens and leaves no room in a context of {generator.ContextLength}; shorten it or take a larger context", nameof(prompt));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxTokens, nameof(options));
        _generator = generator;
        _options = options;
        _sampler = new Sampler(options.Sampler, generator.VocabularySize);
        _decoder = generator.Tokenizer.CreateStreamingDecoder(skipSpecialTokens: true);
        _stops = new StopStringFilter(options.StopStrings);
        _tokens.AddRange(prompt);
        _promptTokens = prompt.Length;
        _reused = generator.Reuse(prompt);
        // A SentencePiece decoder drops the space before a text's first word; a continuation is not a text's beginning.
        foreach (var token in prompt) _decoder.Append(token);
        _decoder.Flush();
        _start = _firstToken = _lastToken = Stopwatch.GetTimestamp();
    }

    /// <summary>Generates one more token, or gives out what was held back once the end is reached.</summary>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <param name="text">The text that is complete now; may be empty.</param>
    /// <returns>False once everything was given out.</returns>
    public bool Advance(CancellationToken cancellation, out string text)
    {
        text = "";
        if (_finished is not null) return false;
        var generated = _tokens.Count - _promptTokens;
        var logits = _generator.Run(CollectionsMarshal.AsSpan(_tokens)[_generator.Cached.Count..], cancellation);
        var token = _sampler.Next(logits, CollectionsMarshal.AsSpan(_tokens));
        _tokens.Add(token);
        generated++;
        _lastToken = Stopwatch.GetTimestamp();
        if (generated == 1) _firstToken = _lastToken;

        if (_generator.EndsText(token) && !_options.IgnoreEndOfText) _finished = FinishReason.EndOfText;
        else
        {
            text = _stops.Append(token < _generator.Tokenizer.VocabularySize ? _decoder.Append(token) : "");
            if (_stops.Stopped) _finished = FinishReason.StopString;
            else if (_options.MaxTokens > 0 && generated >= _options.MaxTokens) _finished = FinishReason.MaxTokens;
            else if (_tokens.Count >= _generator.ContextLength) _finished = FinishReason.ContextFull;
        }

        if (_finished is not null and not FinishReason.StopString) text += _stops.Append(_decoder.Flush()) + _stops.Flush();
        _text.Append(text);
        return true;
    }

    /// <summary>What was generated.</summary>
    public GenerationResult Result() => new()
    {
        Text = _text.ToString(),
        Tokens = [.. _tokens.Skip(_promptTokens)],
        FinishReason = _finished ?? throw new InvalidOperationException("the generation has not ended"),
        PromptTokens = _promptTokens,
        CachedPromptTokens = _reused,
        PrefillSeconds = Stopwatch.GetElapsedTime(_start, _firstToken).TotalSeconds,
        DecodeSeconds = Stopwatch.GetElapsedTime(_firstToken, _lastToken).TotalSeconds,
    };
}
