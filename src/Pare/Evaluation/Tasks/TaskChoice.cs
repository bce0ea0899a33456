namespace Pare.Evaluation.Tasks;

/// <summary>One continuation whose likelihood is asked for.</summary>
/// <param name="Context">What stands before it.</param>
/// <param name="Continuation">The continuation, usually with the space before it.</param>
/// <param name="Characters">Characters (Unicode code points) of the choice itself, for <c>acc_norm</c>.</param>
public sealed record TaskChoice(string Context, string Continuation, int Characters)
{
    /// <summary>A choice behind a space.</summary>
    internal static TaskChoice AfterSpace(string context, string choice) => new(context, " " + choice, Count(choice));

    /// <summary>Code points of a text.</summary>
    internal static int Count(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
