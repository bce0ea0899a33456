using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>
/// Eight groups side by side, a group in each lane: vector i holds number i of all eight. The searches add up a group in order, as their scalar definition does,
/// and still use whole vectors.
/// </summary>
internal static class GroupLanes
{
    /// <summary>Groups that a vector holds.</summary>
    public const int Count = 8;

    /// <summary>Longest group there is.</summary>
    public const int Longest = 32;

    /// <summary>Takes eight consecutive groups apart.</summary>
    /// <param name="groups">[8, length] numbers.</param>
    /// <param name="lanes">[length] vectors.</param>
    public static void Interleave(ReadOnlySpan<float> groups, Span<Vector256<float>> lanes)
    {
        var numbers = MemoryMarshal.Cast<Vector256<float>, float>(lanes);
        for (var g = 0; g < Count; g++)
        {
            var group = groups.Slice(g * lanes.Length, lanes.Length);
            for (var i = 0; i < group.Length; i++) numbers[i * Count + g] = group[i];
        }
    }

    /// <summary>Puts levels back into the order of the groups.</summary>
    /// <param name="lanes">[length] vectors of whole numbers of 0 to 255.</param>
    /// <param name="levels">[8, length] levels.</param>
    public static void Separate(ReadOnlySpan<Vector256<float>> lanes, Span<byte> levels)
    {
        var numbers = MemoryMarshal.Cast<Vector256<float>, float>(lanes);
        for (var g = 0; g < Count; g++)
        {
            var group = levels.Slice(g * lanes.Length, lanes.Length);
            for (var i = 0; i < group.Length; i++) group[i] = (byte)(int)numbers[i * Count + g];
        }
    }

    /// <summary>Nearest whole number within limits, as float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Level(Vector256<float> steps, int lowest, int highest) =>
        Vector256.ConvertToSingle(Vector256.Min(Vector256.Max(Rounding.Nearest(steps), Vector256.Create(lowest)), Vector256.Create(highest)));
}
