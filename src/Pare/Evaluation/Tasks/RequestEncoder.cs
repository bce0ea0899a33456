using Pare.Tokenization;

namespace Pare.Evaluation.Tasks;

/// <summary>Tokens of a context and of its continuation, as lm-evaluation-harness splits them.</summary>
/// <remarks>
/// Blanks at the context's end move to the continuation; the continuation's tokens are those of context + continuation beyond as many as the context alone has.
/// An empty context becomes the BOS token, or EOS where there is none.
/// </remarks>
internal sealed class RequestEncoder(Tokenizer tokenizer)
{
    private string? _lastContext;
    private int[] _lastTokens = [];

    public (int[] Context, int[] Continuation) Encode(string context, string continuation)
    {
        if (context.Length == 0) return EncodeAlone(continuation);
        var trimmed = context.TrimEnd();
        if (trimmed.Length < context.Length)
        {
            continuation = context[trimmed.Length..] + continuation;
            context = trimmed;
            if (context.Length == 0) return EncodeAlone(continuation);
        }

        var whole = tokenizer.Encode(context + continuation);
        if (context != _lastContext)
        {
            _lastTokens = tokenizer.Encode(context);
            _lastContext = context;
        }

        var split = Math.Min(_lastTokens.Length, whole.Length);
        return (_lastTokens, whole[split..]);
    }

    private (int[] Context, int[] Continuation) EncodeAlone(string continuation)
    {
        var tokens = tokenizer.Encode(continuation, addSpecialTokens: false);
        var prefix = tokenizer.BosId ?? tokenizer.EosId
            ?? throw new ArgumentException("scoring a text without a context: the tokenizer has neither a BOS nor an EOS token to begin with; give the task a prompt");
        return tokens.Length > 1 && tokens[0] == prefix ? (tokens[..1], tokens[1..]) : ([prefix], tokens);
    }
}
