namespace Pare.Training;

/// <summary>A model whose predictions a student learns from, over the same tokens.</summary>
public unsafe interface ITeacher
{
    /// <summary>Number of logits of a token; the student's has to be equal.</summary>
    int VocabularySize { get; }

    /// <summary>Runs the sequences of a batch; <see cref="Logits"/> then answers for its tokens.</summary>
    /// <param name="tokens">[sequences · length] token ids.</param>
    /// <param name="length">Tokens of a sequence.</param>
    void Run(ReadOnlySpan<int> tokens, int length);

    /// <summary>Logits of some tokens of the batch.</summary>
    /// <param name="first">First token.</param>
    /// <param name="count">Number of tokens.</param>
    /// <param name="logits">[count, vocabulary]; overwritten.</param>
    void Logits(int first, int count, float* logits);
}
