using Pare.Models;

namespace Pare.Tests.Training.Definition;

internal sealed partial class Tape
{
    /// <summary>Causal attention of sequences of <paramref name="length"/> rows: every query head h mixes the values of key-value head h / group by softmax(cap(scale · q · k)).</summary>
    /// <param name="q">[rows, heads · head size].</param>
    /// <param name="k">[rows, key-value heads · head size].</param>
    /// <param name="v">[rows, key-value heads · head size].</param>
    /// <param name="layer">Heads, scale and window.</param>
    /// <param name="softcap">c of c · tanh(score / c), or 0.</param>
    /// <param name="length">Rows of a sequence.</param>
    public Var Attend(Var q, Var k, Var v, LayerConfig layer, double softcap, int length)
    {
        var rows = new List<AttentionRow>();
        var y = new double[q.Value.Length];
        for (var t = 0; t < q.Rows; t++)
        {
            var begin = t - t % length;
            if (layer.SlidingWindow is { } window) begin = Math.Max(begin, t - window + 1);
            for (var head = 0; head < layer.Heads; head++)
            {
                var row = new AttentionRow(q, k, v, layer, softcap, t, begin, head);
                row.Forward(y);
                rows.Add(row);
            }
        }

        return Record(q.Rows, q.Columns, y, result =>
        {
            foreach (var row in rows) row.Backward(result.Gradient);
        });
    }

    // One query of one head: its keys are rows [begin, t].
    private sealed class AttentionRow(Var q, Var k, Var v, LayerConfig layer, double softcap, int t, int begin, int head)
    {
        private readonly int _size = layer.HeadSize;
        private readonly int _query = t * q.Columns + head * layer.HeadSize;
        private readonly double[] _weights = new double[t + 1 - begin];
        private readonly double[] _slopes = new double[t + 1 - begin];

        public void Forward(double[] y)
        {
            var sum = 0.0;
            var scores = new double[_weights.Length];
            for (var j = 0; j < scores.Length; j++)
            {
                var score = 0.0;
                for (var i = 0; i < _size; i++) score += q.Value[_query + i] * k.Value[Key(j) + i];
                score *= layer.AttentionScale;
                var tanh = softcap == 0 ? 0 : Math.Tanh(score / softcap);
                scores[j] = softcap == 0 ? score : softcap * tanh;
                _slopes[j] = layer.AttentionScale * (1 - tanh * tanh);
            }

            var largest = scores.Max();
            for (var j = 0; j < scores.Length; j++) sum += _weights[j] = Math.Exp(scores[j] - largest);
            for (var j = 0; j < scores.Length; j++)
            {
                _weights[j] /= sum;
                for (var i = 0; i < _size; i++) y[_query + i] += _weights[j] * v.Value[Key(j) + i];
            }
        }

        public void Backward(double[] dy)
        {
            var products = new double[_weights.Length];
            var mean = 0.0;
            for (var j = 0; j < products.Length; j++)
            {
                for (var i = 0; i < _size; i++)
                {
                    products[j] += dy[_query + i] * v.Value[Key(j) + i];
                    v.Gradient[Key(j) + i] += _weights[j] * dy[_query + i];
                }

                mean += _weights[j] * products[j];
            }

            for (var j = 0; j < products.Length; j++)
            {
                var slope = _weights[j] * (products[j] - mean) * _slopes[j];
                for (var i = 0; i < _size; i++)
                {
                    q.Gradient[_query + i] += slope * k.Value[Key(j) + i];
                    k.Gradient[Key(j) + i] += slope * q.Value[_query + i];
                }
            }
        }

        private int Key(int j) => (begin + j) * k.Columns + head / (layer.Heads / layer.KeyValueHeads) * _size;
    }
}
