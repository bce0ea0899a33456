namespace Pare.Compression;

/// <summary>Sets the weights of least score to zero.</summary>
internal static class WeightRemoval
{
    /// <summary>The smallest of all scores: those not above the value at position ⌊n · rate⌋ of the sorted scores, ties included.</summary>
    /// <param name="values">Weights, changed in place.</param>
    /// <param name="scores">A score for each, not negative.</param>
    /// <param name="rate">Share to remove.</param>
    public static void Smallest(Span<float> values, ReadOnlySpan<float> scores, double rate)
    {
        var threshold = Threshold(scores, rate);
        for (var i = 0; i < values.Length; i++)
        {
            if (scores[i] <= threshold) values[i] = 0;
        }
    }

    /// <summary>The value at position ⌊n · rate⌋ of the sorted scores, or a negative number where nothing is to go.</summary>
    public static float Threshold(ReadOnlySpan<float> scores, double rate)
    {
        var count = (int)(scores.Length * rate);
        if (count == 0) return -1;
        var sorted = scores.ToArray();
        Array.Sort(sorted);
        return sorted[count];
    }

    /// <summary>The ⌊n · rate⌋ smallest scores of a row; of equal ones the first.</summary>
    /// <param name="row">Weights, changed in place.</param>
    /// <param name="scores">A score for each, not negative.</param>
    /// <param name="rate">Share to remove.</param>
    public static void SmallestOfRow(Span<float> row, ReadOnlySpan<float> scores, double rate)
    {
        var count = (int)(row.Length * rate);
        if (count == 0) return;
        // Bits of numbers that are not negative sort like the numbers; the index settles ties.
        var keys = new ulong[row.Length];
        for (var i = 0; i < keys.Length; i++) keys[i] = (ulong)BitConverter.SingleToUInt32Bits(scores[i]) << 32 | (uint)i;
        Array.Sort(keys);
        for (var i = 0; i < count; i++) row[(int)(uint)keys[i]] = 0;
    }

    /// <summary>All but the <paramref name="kept"/> largest scores of a block; of equal ones the first goes.</summary>
    /// <param name="block">Weights, changed in place.</param>
    /// <param name="scores">A score for each.</param>
    /// <param name="kept">Weights to keep.</param>
    public static void SmallestOfBlock(Span<float> block, ReadOnlySpan<float> scores, int kept)
    {
        var removed = Removed(scores, kept);
        for (var i = 0; i < block.Length; i++)
        {
            if ((removed >> i & 1) != 0) block[i] = 0;
        }
    }

    /// <summary>Bit i: whether score i is none of the <paramref name="kept"/> largest.</summary>
    public static uint Removed(ReadOnlySpan<float> scores, int kept)
    {
        uint removed = 0;
        for (var round = kept; round < scores.Length; round++)
        {
            var least = -1;
            for (var i = 0; i < scores.Length; i++)
            {
                if ((removed >> i & 1) == 0 && (least < 0 || scores[i] < scores[least])) least = i;
            }

            removed |= 1u << least;
        }

        return removed;
    }
}
