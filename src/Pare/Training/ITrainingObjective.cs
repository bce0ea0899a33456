using System.Text.Json.Nodes;

namespace Pare.Training;

/// <summary>What a run learns from a batch, where that is more than one loss of one model.</summary>
public interface ITrainingObjective
{
    /// <summary>Adds the gradients of a batch to the model's.</summary>
    /// <param name="batch">Number of the batch in the run, from 0; whatever is drawn at random depends on it alone, so that a run goes on exactly.</param>
    /// <param name="tokens">[sequences · length] token ids.</param>
    /// <param name="targets">[sequences · length]: the token that came next, −1 where nothing is predicted.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="scale">Factor of the gradients of summed losses.</param>
    /// <returns>Sums of the loss that the run reports.</returns>
    LossSums Accumulate(long batch, ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, int length, float scale);

    /// <summary>What has to be equal for a checkpoint to go on.</summary>
    /// <returns>The description.</returns>
    JsonObject Describe();
}
