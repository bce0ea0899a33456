using System.Numerics;
using System.Runtime.InteropServices;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Sets small activations of one token to zero.</summary>
internal static class ThresholdMath
{
    /// <summary>Applies a threshold.</summary>
    /// <param name="threshold">The rule.</param>
    /// <param name="group">Neighbours that go together: a group stays where any of its numbers would; divides the length.</param>
    /// <param name="x">The activations; a number that is none stays.</param>
    public static void Apply(SiteThreshold threshold, int group, Span<float> x)
    {
        if (!threshold.Channels.IsEmpty) ApplyEach(threshold.Channels, group, x);
        else if (threshold.Kept is { } kept) KeepLargest(kept, group, x);
        else if (group == 1) ApplyAll(threshold.Value!.Value, x);
        else ApplyGroups(threshold.Value!.Value, group, x);
    }

    /// <summary>Number of zeros.</summary>
    public static int Zeros(ReadOnlySpan<float> x) => x.Count(0f);

    private static void ApplyAll(float threshold, Span<float> x)
    {
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(x);
        var least = new Vector<float>(threshold);
        foreach (ref var lane in lanes) lane = Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(lane), least), Vector<float>.Zero, lane);
        foreach (ref var value in x[(lanes.Length * Vector<float>.Count)..])
        {
            if (MathF.Abs(value) < threshold) value = 0;
        }
    }

    private static void ApplyGroups(float threshold, int group, Span<float> x)
    {
        for (var first = 0; first < x.Length; first += group)
        {
            var part = x.Slice(first, group);
            var small = true;
            foreach (var value in part) small &= MathF.Abs(value) < threshold;
            if (small) part.Clear();
        }
    }

    private static void ApplyEach(ReadOnlySpan<float> thresholds, int group, Span<float> x)
    {
        for (var first = 0; first < x.Length; first += group)
        {
            var small = true;
            for (var i = first; i < first + group; i++) small &= MathF.Abs(x[i]) < thresholds[i];
            if (small) x.Slice(first, group).Clear();
        }
    }

    // The groups of largest maxima stay, at least one; of equal ones all.
    private static void KeepLargest(double kept, int group, Span<float> x)
    {
        var groups = x.Length / group;
        var count = Math.Clamp((int)Math.Round(kept * groups), 1, groups);
        if (count == groups) return;
        var sizes = groups <= 1024 ? stackalloc float[groups] : new float[groups];
        for (var i = 0; i < groups; i++) sizes[i] = LargestOf(x.Slice(i * group, group));
        var least = OrderStatistics.Select(sizes, groups - count);
        for (var i = 0; i < groups; i++)
        {
            var part = x.Slice(i * group, group);
            if (LargestOf(part) < least) part.Clear();
        }
    }

    private static float LargestOf(ReadOnlySpan<float> part)
    {
        var largest = 0f;
        foreach (var value in part) largest = MathF.Max(largest, MathF.Abs(value));
        return largest;
    }
}
