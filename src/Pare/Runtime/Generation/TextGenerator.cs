using System.Runtime.CompilerServices;
using Pare.Models;
using Pare.Tokenization;

namespace Pare.Runtime;

/// <summary>Continues texts with a model, and streams what it generates. Not for concurrent use.</summary>
/// <remarks>
/// Keeps the keys and values of what it last ran: a prompt that begins with the same tokens (the next turn of a chat) is run only from where it differs.
/// </remarks>
public sealed class TextGenerator : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly KvCache _cache;
    private readonly List<int> _cached = [];
    private readonly HashSet<int> _stopTokens;
    private readonly float[] _hidden;
    private readonly float[] _logits;

    /// <summary>Makes a generator with a cache of its own.</summary>
    /// <param name="engine">The engine; used by nothing else while this generates.</param>
    /// <param name="model">The model that the engine runs.</param>
    /// <param name="contextLength">Most tokens of prompt and continuation together; 0 takes the model's own context.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative length, or more than a model with learned positions has.</exception>
    /// <exception cref="Formats.ModelFormatException">The model has no tokenizer that can be read.</exception>
    public TextGenerator(InferenceEngine engine, Model model, int contextLength = 0)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(contextLength);
        _engine = engine;
        Tokenizer = model.Tokenizer;
        _cache = engine.CreateCache(contextLength == 0 ? engine.Config.MaxPositionEmbeddings : contextLength);
        _stopTokens = [.. engine.Config.EosTokenIds, .. Tokenizer.StopIds];
        _hidden = new float[PrefillStep * engine.Config.HiddenSize];
        _logits = new float[engine.Config.VocabularySize];
    }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Most tokens of prompt and continuation together.</summary>
    public int ContextLength => _cache.Capacity;

    /// <summary>Number of logits.</summary>
    internal int VocabularySize => _logits.Length;

    /// <summary>Tokens run between two looks at a cancellation.</summary>
    internal const int PrefillStep = 256;

    /// <summary>Tokens whose keys and values are kept.</summary>
    internal List<int> Cached => _cached;

    /// <summary>Continues a prompt.</summary>
    /// <param name="prompt">Tokens of the prompt, at least one and fewer than <see cref="ContextLength"/>.</param>
    /// <param name="options">What is generated; null takes the defaults: greedy, 256 tokens.</param>
    /// <param name="onText">Receives the text as it comes; never half a character, never an empty text.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <returns>The continuation.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, has a token outside the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the text so far went to <paramref name="onText"/>.</exception>
    public GenerationResult Generate(ReadOnlySpan<int> prompt, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellation = default)
    {
        var run = new GenerationRun(this, prompt, options ?? new GenerationOptions());
        while (run.Advance(cancellation, out var text))
        {
            if (text.Length > 0) onText?.Invoke(text);
        }

        return run.Result();
    }

    /// <summary>Continues a prompt, away from the caller's thread.</summary>
    /// <param name="prompt">Tokens of the prompt, at least one and fewer than <see cref="ContextLength"/>.</param>
    /// <param name="options">What is generated; null takes the defaults: greedy, 256 tokens.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <returns>The text in pieces as it comes; never half a character, never an empty piece.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, has a token outside the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<string> StreamAsync(ReadOnlyMemory<int> prompt, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var run = new GenerationRun(this, prompt.Span, options ?? new GenerationOptions());
        var text = "";
        while (await Task.Run(() => run.Advance(cancellation, out text), CancellationToken.None).ConfigureAwait(false))
        {
            if (text.Length > 0) yield return text;
        }
    }

    /// <summary>Frees the cache; the engine stays.</summary>
    public void Dispose() => _cache.Dispose();

    /// <summary>Whether a token ends a text or a turn.</summary>
    internal bool EndsText(int token) => _stopTokens.Contains(token);

    /// <summary>Keeps the beginning that a prompt shares with what is cached; at least its last token is run again, for its logits.</summary>
    internal int Reuse(ReadOnlySpan<int> prompt)
    {
        var shared = 0;
        while (shared < Math.Min(_cached.Count, prompt.Length - 1) && _cached[shared] == prompt[shared]) shared++;
        _cache.Truncate(shared);
        _cached.RemoveRange(shared, _cached.Count - shared);
        return shared;
    }

    /// <summary>Runs tokens and returns the logits after the last one.</summary>
    internal ReadOnlySpan<float> Run(ReadOnlySpan<int> tokens, CancellationToken cancellation)
    {
        var last = 0;
        for (var done = 0; done < tokens.Length; done += PrefillStep)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = tokens.Slice(done, Math.Min(PrefillStep, tokens.Length - done));
            _engine.Forward(piece, _cache, _hidden.AsSpan(0, piece.Length * _engine.Config.HiddenSize));
            _cached.AddRange(piece);
            last = piece.Length - 1;
        }

        _engine.Logits(_hidden.AsSpan(last * _engine.Config.HiddenSize, _engine.Config.HiddenSize), 1, _logits);
        return _logits;
    }
}
