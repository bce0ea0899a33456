using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Keeps samples of the sizes of a block's activations, from which quantiles are taken.</summary>
/// <remarks>Of the sites' numbers, token by token, all are kept, or of more than a million every 7th from the first of each window on, and fewer of very many; where neighbours go together, each group's largest stands for it.</remarks>
internal sealed unsafe class ActivationSampler : IActivationStage
{
    // Distances between samples; one that does not divide the channels passes through all of them.
    private static readonly int[] s_strides = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 127, 251, 503, 1009, 2003, 4001, 8009];
    private const long All = 1L << 20;
    private const long MostSamples = 8L << 20;
    private readonly Dictionary<ActivationSite, Samples> _sites = [];
    private readonly List<float> _rows = [];
    private readonly int _rowStride;
    private readonly ActivationSite _rowSite;
    private long _tokens;

    /// <summary>The activations of some tokens at one site, [tokens, channels].</summary>
    public float[] Rows => [.. _rows];

    /// <summary>Prepares for a block.</summary>
    /// <param name="sites">The sites with their channels; how many neighbours go together; and what their sizes are multiplied with, or null.</param>
    /// <param name="tokens">Tokens that will be seen.</param>
    /// <param name="rows">Of how many tokens the activations at a site are kept whole.</param>
    /// <param name="rowSite">Which site that is.</param>
    public ActivationSampler(IEnumerable<(ActivationSite Site, int Channels, int Group, float[]? Weights)> sites, long tokens, int rows = 0, ActivationSite rowSite = ActivationSite.Neurons)
    {
        _rowSite = rowSite;
        _rowStride = rows == 0 ? 0 : Math.Max(1, (int)(tokens / rows));
        foreach (var (site, channels, group, weights) in sites)
        {
            var units = channels / group;
            var stride = tokens * units <= All ? 1 : s_strides.FirstOrDefault(candidate => units % candidate != 0 && tokens * units / candidate < MostSamples, s_strides[^1]);
            _sites.Add(site, new Samples(stride, group, weights, checked((int)(tokens * units / stride + 1))));
        }
    }

    public bool Acts(int layer, ActivationSite site) => _sites.ContainsKey(site);

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        _sites[site].Begin();
        for (var t = 0; t < tokens; t++)
        {
            var token = new ReadOnlySpan<float>(values + (long)t * channels, channels);
            _sites[site].Add(token);
            if (site == _rowSite && _rowStride > 0 && _tokens++ % _rowStride == 0) _rows.AddRange(token);
        }
    }

    /// <summary>The sizes kept of a site, or of several as one; a copy.</summary>
    /// <exception cref="CalibrationException">One is not a finite number.</exception>
    public float[] Sizes(int block, params ReadOnlySpan<ActivationSite> sites)
    {
        var sizes = new List<float>();
        foreach (var site in sites) sizes.AddRange(_sites[site].Kept);
        if (sizes.Exists(size => !float.IsFinite(size))) throw NotFinite(block, sites[0], "the calibration text");
        return [.. sizes];
    }

    /// <summary>What to say of activations that are not finite.</summary>
    public static CalibrationException NotFinite(int block, ActivationSite site, string text) =>
        new($"an activation at {site.Name()} of block {block} is not a finite number on {text}: the model overflows in float32 there, or an earlier pass damaged it; check it with 'pare eval'");

    private sealed class Samples(int stride, int group, float[]? weights, int capacity)
    {
        private readonly List<float> _kept = new(capacity);
        private int _next;

        public ReadOnlySpan<float> Kept => CollectionsMarshal.AsSpan(_kept);

        /// <summary>A window begins.</summary>
        public void Begin() => _next = 0;

        public void Add(ReadOnlySpan<float> token)
        {
            var units = token.Length / group;
            for (; _next < units; _next += stride) _kept.Add(Size(token, _next));
            _next -= units;
        }

        private float Size(ReadOnlySpan<float> token, int unit)
        {
            if (weights is null) return group == 1 ? Math.Abs(token[unit]) : Math.Abs(TensorPrimitives.MaxMagnitude(token.Slice(unit * group, group)));
            var largest = 0f;
            for (var i = unit * group; i < (unit + 1) * group; i++) largest = Math.Max(largest, Math.Abs(token[i]) * weights[i]);
            return largest;
        }
    }
}
