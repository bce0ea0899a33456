using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Token ids to the residual stream, and the gradients of the tables.</summary>
internal sealed unsafe class EmbeddingLayer(IParameterView model, LayerWork work)
{
    private const int ColumnsPerPart = 64;

    private readonly ModelConfig _config = model.Config;
    private readonly LinearParameters _table = model.Map(ParameterRole.TokenEmbedding)!;
    private readonly LinearParameters? _positions = model.Map(ParameterRole.PositionEmbedding);
    private readonly LinearParameters? _projection = model.Map(ParameterRole.EmbeddingProjection);

    /// <summary>stream[t] = multiplier · table[token t] (projected) + positions[t].</summary>
    /// <param name="tokens">[n] ids: whole sequences one after another.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="stream">[n, hidden].</param>
    public void Forward(ReadOnlySpan<int> tokens, int length, float* stream)
    {
        var target = _projection is null ? stream : work.Floats(LayerWork.Projected, (long)tokens.Length * _config.EmbeddingSize);
        LookUp(tokens, target);
        if (_projection is not null) LinearLayer.Forward(work, _projection, target, tokens.Length, stream);
        if (_positions is null) return;
        for (var t = 0; t < tokens.Length; t++) VectorMath.Add(Position(_positions.Weight, _positions.Stride, t % length), new Span<float>(stream + (long)t * _config.HiddenSize, _config.HiddenSize));
    }

    /// <summary>Adds the gradients of the tables.</summary>
    /// <param name="tokens">[n] ids.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="gradient">[n, hidden]: gradient of the stream.</param>
    public void Backward(ReadOnlySpan<int> tokens, int length, float* gradient)
    {
        if (_positions is { } positions && positions.WeightGradient != null)
        {
            for (var t = 0; t < tokens.Length; t++)
                VectorMath.Add(new ReadOnlySpan<float>(gradient + (long)t * _config.HiddenSize, _config.HiddenSize), Position(positions.WeightGradient, positions.Stride, t % length));
        }

        if (_table.WeightGradient == null && _projection?.WeightGradient == null) return;
        var vectors = gradient;
        if (_projection is not null)
        {
            // What the projection read is looked up again.
            var read = work.Floats(LayerWork.Projected, (long)tokens.Length * _config.EmbeddingSize);
            LookUp(tokens, read);
            vectors = work.Floats(LayerWork.ProjectedGradient, (long)tokens.Length * _config.EmbeddingSize);
            LinearLayer.Backward(work, _projection, read, gradient, tokens.Length, vectors, accumulate: false);
        }

        if (_table.WeightGradient == null) return;
        fixed (int* ids = tokens)
        {
            work.Pool.For((_config.EmbeddingSize + ColumnsPerPart - 1) / ColumnsPerPart, new AddRows(_table.WeightGradient, _table.Stride, ids, tokens.Length, vectors, _config.EmbeddingSize, _config.EmbeddingMultiplier));
        }
    }

    // [n, embedding]: the tokens' rows of the table, with the multiplier.
    private void LookUp(ReadOnlySpan<int> tokens, float* target)
    {
        var size = _config.EmbeddingSize;
        for (var t = 0; t < tokens.Length; t++)
        {
            var vector = new Span<float>(target + (long)t * size, size);
            new ReadOnlySpan<float>(_table.Weight + (long)tokens[t] * _table.Stride, size).CopyTo(vector);
            if (_config.EmbeddingMultiplier != 1) VectorMath.Scale(vector, _config.EmbeddingMultiplier);
        }
    }

    private Span<float> Position(float* table, int stride, int position) => new(table + (long)(position + _config.PositionOffset) * stride, _config.HiddenSize);

    // A part owns some columns of the table and walks the tokens in order.
    private readonly struct AddRows(float* table, int stride, int* tokens, int n, float* gradient, int size, float multiplier) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * ColumnsPerPart;
            var count = Math.Min(ColumnsPerPart, size - first);
            for (var t = 0; t < n; t++)
                VectorMath.Axpy(multiplier, new ReadOnlySpan<float>(gradient + (long)t * size + first, count), new Span<float>(table + (long)tokens[t] * stride + first, count));
        }
    }
}
