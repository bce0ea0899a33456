using Pare.Models;

namespace Pare.Tests.Training.Definition;

/// <summary>The function of a model in double precision, written from the families' formulas: slow, plain, differentiable.</summary>
/// <param name="config">The configuration.</param>
/// <param name="values">Values of every parameter, [rows, columns]; read in place.</param>
/// <param name="adapters">Low-rank additions to linear maps, or null.</param>
/// <param name="stage">Sees the activations of each site of a block, [tokens, channels], and may change them; or null. What it changes has no derivative.</param>
internal sealed class DoubleModel(
    ModelConfig config, IReadOnlyDictionary<ParameterId, double[]> values, IReadOnlyDictionary<ParameterId, DoubleAdapter>? adapters = null, Action<int, ActivationSite, double[]>? stage = null)
{
    /// <summary>The parameters; their gradients add up over backward passes.</summary>
    public IReadOnlyDictionary<ParameterId, Var> Parameters { get; } =
        new ModelGraph(config).Parameters.ToDictionary(p => p.Id, p => new Var(p.Rows, p.Columns, values[p.Id]));

    /// <summary>Logits of sequences of equal length, [sequences · length, vocabulary].</summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="tokens">[sequences][length].</param>
    /// <param name="contextLength">Positions that LongRoPE chooses its factors by; null takes the length.</param>
    public Var Logits(Tape tape, int[][] tokens, int? contextLength = null) => new Pass(this, tape, config, tokens[0].Length, contextLength ?? tokens[0].Length).Run(tokens);

    private sealed class Pass(DoubleModel model, Tape tape, ModelConfig config, int length, int contextLength)
    {
        public Var Run(int[][] tokens)
        {
            var x = Embed(tokens);
            for (var i = 0; i < config.Layers.Count; i++) x = Block(x, i);
            if (config.HasFinalNorm) x = Norm(x, ParameterRole.FinalNorm, -1);
            if (config.EmbeddingSize != config.HiddenSize) x = Linear(x, ParameterRole.HeadProjection, -1);
            x = Scale(Linear(x, config.TieWordEmbeddings ? ParameterRole.TokenEmbedding : ParameterRole.Head, -1), config.LogitMultiplier);
            return config.FinalLogitSoftcap == 0 ? x : tape.Softcap(x, config.FinalLogitSoftcap);
        }

        private Var Embed(int[][] tokens)
        {
            var x = Scale(tape.Lookup(Weight(ParameterRole.TokenEmbedding, -1), [.. tokens.SelectMany(sequence => sequence)]), config.EmbeddingMultiplier);
            if (config.EmbeddingSize != config.HiddenSize) x = Linear(x, ParameterRole.EmbeddingProjection, -1);
            if (config.Position == PositionKind.Rotary) return x;
            int[] positions = [.. tokens.SelectMany(sequence => Enumerable.Range(config.PositionOffset, sequence.Length))];
            return tape.Add(x, tape.Lookup(Weight(ParameterRole.PositionEmbedding, -1), positions));
        }

        private Var Block(Var x, int i)
        {
            var layer = config.Layers[i];
            if (config.ParallelResidual && layer.HasAttention && layer.HasFfn)
            {
                var attention = Attention(Norm(x, ParameterRole.AttentionInputNorm, i), i);
                var ffn = Ffn(Norm(x, ParameterRole.FfnInputNorm, i), i);
                return tape.Add(tape.Add(x, attention, config.ResidualMultiplier), ffn, config.ResidualMultiplier);
            }

            if (layer.HasAttention)
                x = SubLayer(x, i, Attention, ParameterRole.AttentionInputNorm, ParameterRole.AttentionOutputNorm, ParameterRole.AttentionResidualNorm);
            if (layer.HasFfn)
                x = SubLayer(x, i, Ffn, ParameterRole.FfnInputNorm, ParameterRole.FfnOutputNorm, ParameterRole.FfnResidualNorm);
            return x;
        }

        private Var SubLayer(Var x, int i, Func<Var, int, Var> f, ParameterRole before, ParameterRole after, ParameterRole residual)
        {
            var m = config.ResidualMultiplier;
            return config.NormPlacement switch
            {
                NormPlacement.Before => tape.Add(x, f(Norm(x, before, i), i), m),
                NormPlacement.AfterSublayer => tape.Add(x, Norm(f(x, i), after, i), m),
                NormPlacement.BeforeAndAfterSublayer => tape.Add(x, Norm(f(Norm(x, before, i), i), after, i), m),
                NormPlacement.AfterResidual => Norm(tape.Add(x, f(x, i), m), residual, i),
                _ => throw new InvalidOperationException($"unknown norm placement {config.NormPlacement}"),
            };
        }

        private Var Attention(Var x, int i)
        {
            var layer = config.Layers[i];
            x = Staged(x, ActivationSite.AttentionInput, i);
            var q = Linear(x, ParameterRole.Query, i);
            var k = Linear(x, ParameterRole.Key, i);
            var v = Linear(x, ParameterRole.Value, i);
            if (config.QueryKeyNorm != QueryKeyNormKind.None)
            {
                q = tape.Norm(q, Weight(ParameterRole.QueryNorm, i), null, NormKind.RmsNorm, config.NormEpsilon, config.NormWeightOffset);
                k = tape.Norm(k, Weight(ParameterRole.KeyNorm, i), null, NormKind.RmsNorm, config.NormEpsilon, config.NormWeightOffset);
            }

            if (layer.Rope is { } rope)
            {
                q = tape.Rotate(q, layer.HeadSize, rope, length, contextLength);
                k = tape.Rotate(k, layer.HeadSize, rope, length, contextLength);
            }

            return Linear(Staged(tape.Attend(q, k, v, layer, config.AttentionLogitSoftcap, length), ActivationSite.AttentionValues, i), ParameterRole.Output, i);
        }

        private Var Ffn(Var x, int i)
        {
            x = Staged(x, ActivationSite.FfnInput, i);
            var up = Staged(Linear(x, ParameterRole.Up, i), ActivationSite.Up, i);
            var neurons = config.GatedFfn
                ? tape.Multiply(Staged(tape.Activate(Staged(Linear(x, ParameterRole.Gate, i), ActivationSite.Gate, i), config.Activation), ActivationSite.Activation, i), up)
                : tape.Activate(up, config.Activation);
            return Staged(Linear(Staged(neurons, ActivationSite.Neurons, i), ParameterRole.Down, i), ActivationSite.Down, i);
        }

        // A copy: the stream may be read by others.
        private Var Staged(Var x, ActivationSite site, int i)
        {
            if (model.Stage is not { } act) return x;
            var result = tape.Scale(x, 1);
            act(i, site, result.Value);
            return result;
        }

        private Var Linear(Var x, ParameterRole role, int i)
        {
            var id = new ParameterId(role, i);
            var y = tape.Linear(x, model.Parameters[id], model.Parameters.GetValueOrDefault(id with { IsBias = true }));
            return model.Adapters?.GetValueOrDefault(id) is { } adapter ? tape.Add(y, tape.Linear(tape.Linear(x, adapter.A), adapter.B), adapter.Factor) : y;
        }

        private Var Norm(Var x, ParameterRole role, int i) => tape.Norm(x, Weight(role, i),
            model.Parameters.GetValueOrDefault(new ParameterId(role, i, IsBias: true)), config.Norm, config.NormEpsilon, config.NormWeightOffset);

        private Var Weight(ParameterRole role, int i) => model.Parameters[new ParameterId(role, i)];

        private Var Scale(Var x, double factor) => factor == 1 ? x : tape.Scale(x, factor);
    }

    private IReadOnlyDictionary<ParameterId, DoubleAdapter>? Adapters => adapters;

    private Action<int, ActivationSite, double[]>? Stage => stage;
}
