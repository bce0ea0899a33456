using System.Numerics.Tensors;
using Pare.Models;

namespace Pare.Compression;

/// <summary>
/// A model of the same function whose norms have neither weights nor biases: these are in the linears that read them. Layer norms become RMS norms,
/// since everything that writes into the residual stream writes without its mean.
/// </summary>
internal sealed class FusedModel
{
    private readonly Model _model;

    /// <summary>Fuses a model; see <see cref="Refusal"/>.</summary>
    public FusedModel(Model model)
    {
        _model = model;
        var config = model.Config;
        IsCentred = config.Norm == NormKind.LayerNorm;
        Config = config with { Norm = NormKind.RmsNorm, TieWordEmbeddings = false, HeadBias = IsCentred || config.HeadBias };
    }

    /// <summary>Configuration of the fused model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Whether means are taken out of what is written into the stream.</summary>
    public bool IsCentred { get; }

    /// <summary>Why a model cannot be fused; null where it can.</summary>
    public static string? Refusal(ModelConfig config)
    {
        if (config.HasShortcuts) return "its residual stream changes its basis already; slice the model that it was made of";
        if (config.NormPlacement != NormPlacement.Before) return "a norm stands behind a sub-layer, and does not turn with the residual stream; only models with norms before the sub-layers can be turned";
        if (!config.HasFinalNorm) return "the head reads the residual stream without a norm, so its mean cannot be taken out";
        if (config.EmbeddingSize != config.HiddenSize) return "a projection stands between the embeddings and the residual stream";
        if (config.Norm == NormKind.LayerNorm && !(config.QueryKeyValueBias && config.FfnBias)) return "its layer norms have biases, and its linear maps have none to take them over";
        return null;
    }

    /// <summary>Values of a parameter of the fused model, row by row.</summary>
    public float[] Values(ParameterId id)
    {
        if (id.Role is ParameterRole.AttentionInputNorm or ParameterRole.FfnInputNorm or ParameterRole.FinalNorm)
            return [.. Enumerable.Repeat(1 - Config.NormWeightOffset, Config.HiddenSize)];
        if (id.Role == ParameterRole.Head && id.IsBias) return HeadBias();
        var values = _model.GetWeight(id).ToArray();
        if (NormBefore(id) is { } norm)
        {
            if (!id.IsBias) ChannelScalingMath.MultiplyColumns(values, Factors(norm));
            else if (IsCentred) AddNormBias(values, id with { IsBias = false }, norm);
        }
        else if (IsCentred && Writes(id.Role))
        {
            if (id.Role is ParameterRole.TokenEmbedding or ParameterRole.PositionEmbedding || id.IsBias) CentreRows(values);
            else CentreColumns(values);
        }

        return values;
    }

    /// <summary>Whether a parameter's outputs are added to the residual stream.</summary>
    public static bool Writes(ParameterRole role) => role is ParameterRole.TokenEmbedding or ParameterRole.PositionEmbedding or ParameterRole.Output or ParameterRole.Down;

    /// <summary>Whether a parameter reads the residual stream through a norm.</summary>
    public static bool Reads(ParameterRole role) => NormBefore(new ParameterId(role)) is not null;

    private static ParameterId? NormBefore(ParameterId id) => id.Role switch
    {
        ParameterRole.Query or ParameterRole.Key or ParameterRole.Value => new ParameterId(ParameterRole.AttentionInputNorm, id.Layer),
        ParameterRole.Gate or ParameterRole.Up => new ParameterId(ParameterRole.FfnInputNorm, id.Layer),
        ParameterRole.Head => new ParameterId(ParameterRole.FinalNorm),
        _ => null,
    };

    private float[] Factors(ParameterId norm)
    {
        var factors = _model.GetWeight(norm).ToArray();
        if (Config.NormWeightOffset != 0) TensorPrimitives.Add(factors, Config.NormWeightOffset, factors);
        return factors;
    }

    private float[] HeadBias()
    {
        var id = new ParameterId(ParameterRole.Head, IsBias: true);
        var bias = _model.FindWeight(id)?.ToArray() ?? new float[Config.VocabularySize];
        if (IsCentred) AddNormBias(bias, id with { IsBias = false }, new ParameterId(ParameterRole.FinalNorm));
        return bias;
    }

    // b + W · (the norm's bias).
    private void AddNormBias(float[] bias, ParameterId matrix, ParameterId norm)
    {
        var added = _model.GetWeight(norm with { IsBias = true }).ToArray();
        var weight = _model.GetWeight(matrix);
        var row = new float[weight.Columns];
        for (var r = 0; r < bias.Length; r++)
        {
            weight.Read(r, 0, row);
            var sum = 0.0;
            for (var c = 0; c < row.Length; c++) sum += (double)row[c] * added[c];
            bias[r] = (float)(bias[r] + sum);
        }
    }

    // Each row of a table, or a bias, is a vector of the stream.
    private void CentreRows(float[] values)
    {
        for (var at = 0; at < values.Length; at += Config.HiddenSize)
        {
            var row = values.AsSpan(at, Config.HiddenSize);
            var mean = 0.0;
            foreach (var value in row) mean += value;
            TensorPrimitives.Add(row, (float)(-mean / row.Length), row);
        }
    }

    // Each column of a matrix is one.
    private void CentreColumns(float[] values)
    {
        var columns = values.Length / Config.HiddenSize;
        var means = new double[columns];
        for (var i = 0; i < values.Length; i++) means[i % columns] += values[i];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] - means[i % columns] / Config.HiddenSize);
    }
}
