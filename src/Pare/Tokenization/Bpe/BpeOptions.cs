namespace Pare.Tokenization;

/// <summary>How a <see cref="BpeModel"/> turns a word into its first symbols and what it does with characters that have no token.</summary>
/// <param name="ByteLevel">The symbols are bytes in GPT-2's alphabet; otherwise Unicode scalar values.</param>
/// <param name="IgnoreMerges">A word that is a token as a whole is that token, whatever the merges say.</param>
/// <param name="ByteFallback">A character without a token becomes the tokens &lt;0xNN&gt; of its UTF-8 bytes.</param>
/// <param name="FuseUnknown">A run of unknown characters becomes one unknown token.</param>
/// <param name="UnknownId">Token of what has none; null drops it.</param>
internal sealed record BpeOptions(bool ByteLevel, bool IgnoreMerges, bool ByteFallback, bool FuseUnknown, int? UnknownId);
