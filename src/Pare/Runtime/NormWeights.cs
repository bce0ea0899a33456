using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Weights of a norm, decoded once, and its application to the tokens of a chunk.</summary>
internal sealed unsafe class NormWeights : IDisposable
{
    private readonly NativeBuffer<float> _weight;
    private readonly NativeBuffer<float>? _bias;
    private readonly NormKind _kind;
    private readonly float _epsilon;

    public NormWeights(Weight weight, Weight? bias, NormKind kind, float epsilon, float offset)
    {
        _kind = kind;
        _epsilon = epsilon;
        Length = weight.Columns;
        _weight = new NativeBuffer<float>(Length);
        weight.Read(0, 0, _weight.Span);
        if (offset != 0) foreach (ref var value in _weight.Span) value += offset;
        if (bias is null) return;
        _bias = new NativeBuffer<float>(Length);
        bias.Read(0, 0, _bias.Span);
    }

    public int Length { get; }

    /// <summary>Norms one vector.</summary>
    /// <param name="source">[length].</param>
    /// <param name="destination">[length]; may be the source.</param>
    public void Apply(float* source, float* destination)
    {
        var x = new ReadOnlySpan<float>(source, Length);
        var y = new Span<float>(destination, Length);
        if (_kind == NormKind.RmsNorm) VectorMath.RmsNorm(x, _weight.Span, _epsilon, y);
        else VectorMath.LayerNorm(x, _weight.Span, _bias is null ? default : _bias.Span, _epsilon, y);
    }

    /// <summary>Norms [n, length] vectors in parallel.</summary>
    public void Apply(ComputePool pool, float* source, int n, float* destination)
    {
        if (n == 1) Apply(source, destination);
        else pool.For(n, new Rows(this, source, destination));
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
    }

    private readonly struct Rows(NormWeights norm, float* source, float* destination) : IParallelBody
    {
        public void Execute(int part, int worker) => norm.Apply(source + (long)part * norm.Length, destination + (long)part * norm.Length);
    }
}
