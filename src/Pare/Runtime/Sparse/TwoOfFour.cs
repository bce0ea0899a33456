namespace Pare.Runtime;

/// <summary>Places of at most two numbers in every four columns: a byte in a lane has the places of its number in four windows of 8 columns, two bits each.</summary>
/// <remarks>The lane of a window is two numbers of its first four columns and two of its last four.</remarks>
internal static unsafe class TwoOfFour
{
    /// <summary>What the last two places of a window start from.</summary>
    public const uint LastFour = 0x04040000;

    /// <summary>Finds the numbers of a half.</summary>
    /// <param name="codes">[32] codes.</param>
    /// <param name="marks">[32] marks.</param>
    /// <param name="numbers">[16] codes: window, place in the lane.</param>
    /// <param name="places">[4] bytes of the lane of places.</param>
    public static void Collect(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, Span<byte> numbers, Span<byte> places)
    {
        for (var four = 0; four < 8; four++)
        {
            var (window, slot) = (four / 2, four % 2 * 2);
            for (var i = 0; i < 4; i++)
            {
                if (marks[4 * four + i] == 0) continue;
                numbers[4 * window + slot] = codes[4 * four + i];
                places[slot++] |= (byte)(i << 2 * window);
            }
        }
    }

    /// <summary>Writes the places and numbers of a lane.</summary>
    public static void Store(ReadOnlySpan<byte> bytes, int lane, byte* vector)
    {
        for (var i = 0; i < 4; i++) vector[4 * lane + i] = bytes[i];
    }
}
