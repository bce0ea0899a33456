using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>Runs a stretch of a window.</summary>
/// <param name="start">Position of its first token.</param>
/// <param name="tokens">Its tokens.</param>
/// <param name="cache">Keys and values of what was run of the window.</param>
/// <param name="hidden">[tokens, hidden size]: receives what the head reads.</param>
internal delegate void StretchForward(int start, ReadOnlySpan<int> tokens, KvCache cache, Span<float> hidden);
