using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Decomposes one block: fewer neurons, and heads of fewer channels.</summary>
/// <param name="options">The options.</param>
/// <param name="model">The model.</param>
/// <param name="target">Configuration of the result; this fills in the rotary pairs that the heads keep.</param>
/// <param name="pool">The threads.</param>
internal sealed unsafe class MoDeGptBlock(MoDeGptOptions options, Model model, ModelConfig target, ComputePool pool)
{
    private readonly Dictionary<ParameterId, float[]> _values = [];

    /// <summary>New values of the parameters that change.</summary>
    public IReadOnlyDictionary<ParameterId, float[]> Values => _values;

    /// <summary>Keeps neurons by their leverage scores; what the others gave, the down projection makes of the kept ones as well as it can.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="neurons">What the down projection reads.</param>
    public void Ffn(int layer, InputStatistics neurons)
    {
        var n = model.Config.Layers[layer].FfnSize;
        if (target.Layers[layer].FfnSize == n) return;
        var scores = MoDeGptMath.LeverageScores(pool, neurons.Moments, n, options.Ridge);
        var kept = Largest(scores, target.Layers[layer].FfnSize);
        foreach (var role in (ParameterRole[])[ParameterRole.Gate, ParameterRole.Up])
        {
            if (Find(role, layer, isBias: false) is { } weight) Put(role, layer, false, Rows(weight, kept, model.Config.HiddenSize));
            if (Find(role, layer, isBias: true) is { } bias) Put(role, layer, true, Rows(bias, kept, 1));
        }

        Put(ParameterRole.Down, layer, false, MoDeGptMath.Nystroem(pool, Find(ParameterRole.Down, layer, false)!, neurons.Moments, n, kept, options.Damping));
    }

    /// <summary>Keeps of each group of heads the channels, or rotary pairs, of largest ‖q‖·‖k‖, and the directions of its values that the output projection hears most.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="inputs">What q, k and v read.</param>
    /// <returns>The rotary pairs that each group keeps, or null.</returns>
    public int[]? Attention(int layer, InputStatistics inputs)
    {
        var (shape, wanted) = (model.Config.Layers[layer], target.Layers[layer]);
        var (size, kept, perGroup) = (shape.HeadSize, wanted.HeadSize, shape.Heads / shape.KeyValueHeads);
        var (queries, keys, values) = (Moments(ParameterRole.Query, layer, inputs), Moments(ParameterRole.Key, layer, inputs), Moments(ParameterRole.Value, layer, inputs));
        var pairs = new List<int>();
        var (queryRows, keyRows) = (new List<int>(), new List<int>());
        var output = Find(ParameterRole.Output, layer, false)!;
        var hidden = model.Config.HiddenSize;
        var (intoValues, newOutput) = (new double[shape.KeyValueHeads][], new float[hidden * wanted.QuerySize]);
        for (var group = 0; group < shape.KeyValueHeads; group++)
        {
            var power = new double[size];
            for (var channel = 0; channel < size; channel++)
                for (var member = 0; member < perGroup; member++) power[channel] += queries[group * perGroup + member][channel * size + channel];
            var channels = Channels(shape, wanted, power, [.. Enumerable.Range(0, size).Select(channel => keys[group][channel * size + channel])], pairs);
            keyRows.AddRange(channels.Select(channel => group * size + channel));
            for (var member = 0; member < perGroup; member++) queryRows.AddRange(channels.Select(channel => (group * perGroup + member) * size + channel));

            var readers = new double[size * size];
            for (var member = 0; member < perGroup; member++) AddReaders(output, (group * perGroup + member) * size, shape.QuerySize, size, readers);
            var (into, back) = MoDeGptMath.ValueDirections(pool, values[group], readers, size, kept, options.Damping);
            intoValues[group] = into;
            for (var member = 0; member < perGroup; member++)
            {
                var head = group * perGroup + member;
                for (var r = 0; r < hidden; r++)
                {
                    for (var j = 0; j < kept; j++)
                    {
                        var sum = 0.0;
                        for (var i = 0; i < size; i++) sum += output[r * shape.QuerySize + head * size + i] * back[i * kept + j];
                        newOutput[r * wanted.QuerySize + head * kept + j] = (float)sum;
                    }
                }
            }
        }

        // Families that scale scores by the size of a head would take another factor of the smaller ones.
        Select(ParameterRole.Query, layer, queryRows, shape.AttentionScale / wanted.AttentionScale);
        Select(ParameterRole.Key, layer, keyRows, 1);
        Turn(layer, intoValues, size, kept);
        Put(ParameterRole.Output, layer, false, newOutput);
        return shape.Rope is null ? null : [.. pairs];
    }

    // Rotated channels go by pairs (i, i + D/2), the others one by one.
    private static List<int> Channels(LayerConfig shape, LayerConfig wanted, double[] queries, double[] keys, List<int> pairs)
    {
        var half = (shape.Rope?.Dimensions ?? 0) / 2;
        var keptPairs = RotaryPairs(shape, wanted.HeadSize);
        double[] ofPairs = [.. Enumerable.Range(0, half).Select(i => Math.Sqrt((queries[i] + queries[i + half]) * (keys[i] + keys[i + half])))];
        double[] ofOthers = [.. Enumerable.Range(2 * half, shape.HeadSize - 2 * half).Select(i => Math.Sqrt(queries[i] * keys[i]))];
        var turned = Largest(ofPairs, keptPairs);
        pairs.AddRange(turned);
        return [.. turned, .. turned.Select(i => i + half), .. Largest(ofOthers, wanted.HeadSize - 2 * keptPairs).Select(i => i + 2 * half)];
    }

    /// <summary>Rotary pairs of a head that is left with a number of channels: as large a share of them as of all channels.</summary>
    internal static int RotaryPairs(LayerConfig shape, int size)
    {
        if (shape.Rope is not { } rope) return 0;
        var others = shape.HeadSize - rope.Dimensions;
        return Math.Clamp((int)Math.Round(rope.Dimensions / 2.0 * size / shape.HeadSize), Math.Max(1, (size - others + 1) / 2), Math.Min(rope.Dimensions, size) / 2);
    }

    private static int[] Largest(double[] scores, int count) => [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(count).Order()];

    // For each head Σ y yᵀ of what the projection gives it.
    private List<double[]> Moments(ParameterRole role, int layer, InputStatistics inputs)
    {
        var (weight, bias, size) = (Find(role, layer, false)!, Find(role, layer, true), model.Config.Layers[layer].HeadSize);
        var rows = weight.Length / model.Config.HiddenSize;
        return [.. Enumerable.Range(0, rows / size).Select(head => MoDeGptMath.OutputMoments(pool, weight.AsSpan(head * size * model.Config.HiddenSize, size * model.Config.HiddenSize),
            bias is null ? default : bias.AsSpan(head * size, size), inputs.Moments, inputs.Sums, inputs.Tokens))];
    }

    // Adds Oᵀ O of a head's columns.
    private static void AddReaders(float[] output, int first, int stride, int size, double[] readers)
    {
        for (var row = first; row < output.Length; row += stride)
        {
            for (var i = 0; i < size; i++)
                for (var j = 0; j < size; j++) readers[i * size + j] += (double)output[row + i] * output[row + j];
        }
    }

    private void Select(ParameterRole role, int layer, List<int> rows, double scale)
    {
        Put(role, layer, false, Scaled(Rows(Find(role, layer, false)!, rows, model.Config.HiddenSize)));
        if (Find(role, layer, true) is { } bias) Put(role, layer, true, Scaled(Rows(bias, rows, 1)));

        float[] Scaled(float[] values) => scale == 1 ? values : Array.ConvertAll(values, value => (float)(value * scale));
    }

    // Each head's values in its directions.
    private void Turn(int layer, double[][] into, int size, int kept)
    {
        var hidden = model.Config.HiddenSize;
        var (weight, bias) = (Find(ParameterRole.Value, layer, false)!, Find(ParameterRole.Value, layer, true));
        var (newWeight, newBias) = (new float[into.Length * kept * hidden], new float[into.Length * kept]);
        var row = new double[hidden];
        for (var head = 0; head < into.Length; head++)
        {
            for (var j = 0; j < kept; j++)
            {
                Array.Clear(row);
                var sum = 0.0;
                for (var i = 0; i < size; i++)
                {
                    var factor = into[head][j * size + i];
                    for (var c = 0; c < hidden; c++) row[c] += factor * weight[(head * size + i) * hidden + c];
                    if (bias is not null) sum += factor * bias[head * size + i];
                }

                for (var c = 0; c < hidden; c++) newWeight[(head * kept + j) * hidden + c] = (float)row[c];
                newBias[head * kept + j] = (float)sum;
            }
        }

        Put(ParameterRole.Value, layer, false, newWeight);
        if (bias is not null) Put(ParameterRole.Value, layer, true, newBias);
    }

    private static float[] Rows(float[] values, IReadOnlyList<int> rows, int columns)
    {
        var result = new float[rows.Count * columns];
        for (var i = 0; i < rows.Count; i++) values.AsSpan(rows[i] * columns, columns).CopyTo(result.AsSpan(i * columns));
        return result;
    }

    private float[]? Find(ParameterRole role, int layer, bool isBias) => model.FindWeight(new ParameterId(role, layer, isBias))?.ToArray();

    private void Put(ParameterRole role, int layer, bool isBias, float[] values) => _values.Add(new ParameterId(role, layer, isBias), values);
}
