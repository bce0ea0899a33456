using Pare.Models;

namespace Pare.Evaluation;

/// <summary>Whether windows fit a model.</summary>
internal static class WindowChecks
{
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    public static void Check(TokenWindows windows, ModelConfig config)
    {
        if (windows.Window > config.MaxPositionEmbeddings)
        {
            throw new ArgumentException(
                $"measuring over windows of {windows.Window} tokens: the model was made for at most {config.MaxPositionEmbeddings}; give a window of {config.MaxPositionEmbeddings} or less", nameof(windows));
        }

        var tokens = windows.All;
        for (var i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)config.VocabularySize)
            {
                throw new ArgumentException(
                    $"measuring over windows: token {tokens[i]} (window {i / windows.Window}, position {i % windows.Window}) is not in the model's vocabulary of {config.VocabularySize}; are the tokens those of another tokenizer?", nameof(windows));
            }
        }
    }
}
