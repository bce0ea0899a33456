using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Compression;

/// <summary>MoDeGPT as a step of a recipe.</summary>
internal sealed class MoDeGptPass : IModelPass
{
    private static readonly ParameterRole[] s_attention = [ParameterRole.Query, ParameterRole.Key, ParameterRole.Value, ParameterRole.Output];
    private static readonly ParameterRole[] s_ffn = [ParameterRole.Gate, ParameterRole.Up, ParameterRole.Down];
    private readonly MoDeGptOptions _options;
    private readonly Model _model;
    private readonly string _path;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the model's heads cannot be narrowed.</exception>
    public MoDeGptPass(MoDeGptOptions options, Model model, string path)
    {
        (_options, _model, _path) = (options, model, path);
        options.Check(path);
        if (model.Config.QueryKeyNorm != QueryKeyNormKind.None)
            throw new RecipeException($"{path}.method", $"modegpt cannot narrow the heads of this {model.Config.Architecture.ModelType} model: queries and keys are normed, over all channels of a head");
        if (model.Config.Layers.Any(layer => layer.Rope?.Scaling == RopeScaling.LongRope))
            throw new RecipeException($"{path}.method", $"modegpt cannot narrow the heads of this {model.Config.Architecture.ModelType} model: LongRoPE has a factor for each rotary pair");
        foreach (var parameter in model.Graph.Parameters.Where(parameter => parameter.Id.Layer >= 0 && Touches(parameter.Id))) _changes.Add(parameter.Id, parameter.IsVector ? null : options.Format);
        try
        {
            Shape([.. model.Config.Layers.Select(_ => options.Sparsity)]);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException(path, e.Message, e);
        }
    }

    public string Method => MoDeGptOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    public ModelPassPlan Plan(int threads)
    {
        var (config, graph) = (_model.Config, new ModelGraph(Shape([.. _model.Config.Layers.Select(_ => _options.Sparsity)])));
        var (ffn, hidden) = (config.Layers.Max(layer => layer.FfnSize), config.HiddenSize);
        var changed = graph.Parameters.Where(parameter => _changes.ContainsKey(parameter.Id)).Sum(parameter => parameter.Count) * sizeof(float);
        var memory = DepthEngine.Bytes(_model) + 4L * ffn * ffn * sizeof(double) + (long)hidden * hidden * sizeof(float);
        var operations = config.Layers.Count * (Math.Pow(ffn, 3) + 2.0 * hidden * ffn * ffn);
        return new ModelPassPlan(memory + changed, 0, operations / 2e9,
        [
            $"with even shares {graph.ParameterCount} of {_model.Graph.ParameterCount} parameters stay; blocks get different shares by their influence",
        ])
        {
            KeptShare = (double)graph.ParameterCount / _model.Graph.ParameterCount,
        };
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        progress?.Report(new CompressionProgress("influence", 0, 0, 0));
        var influences = Influences(calibration!.Windows, pool, cancellation);
        var shares = MoDeGptAllocation.Shares(influences, _options.Sparsity, _options.Temperature, _options.MostOfBlock);
        ModelConfig config;
        try
        {
            config = Shape(shares);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException(_path, e.Message, e);
        }

        var result = new DecomposedModel(_model, _options.Format, influences);
        result.Complete(Decompose(config, result, calibration!.Windows, pool, progress, cancellation));
        return result;
    }

    private IReadOnlyList<double> Influences(TokenWindows windows, ComputePool pool, CancellationToken cancellation)
    {
        using var engine = new DepthEngine(_model, pool, streams: true);
        return ImportanceScorer.Score(engine.Engine, windows.All, windows.Window, cancellation: cancellation).Layers;
    }

    private ModelConfig Decompose(ModelConfig config, DecomposedModel result, TokenWindows windows, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var stream = new BlockStream(_model.Config, windows, pool, _model.FindWeight);
        for (var i = 0; i < config.Layers.Count; i++)
        {
            progress?.Report(new CompressionProgress("decompose", 0, 0, (i + 0.5) / config.Layers.Count));
            var layer = _model.Config.Layers[i];
            var block = new MoDeGptBlock(_options, _model, config, pool);
            var wanted = new Dictionary<SiteInput, StatisticsKinds>();
            if (layer.HasAttention) wanted.Add(SiteInput.Attention, StatisticsKinds.SecondMoments);
            if (layer.HasFfn) wanted.Add(SiteInput.Neurons, StatisticsKinds.SecondMoments);
            var gatherer = new StatisticsGatherer(pool, wanted);
            try
            {
                using (var whole = new DecoderBlock(_model, i)) stream.Observe(whole, i, gatherer, cancellation);
                gatherer.Complete(_model.Graph.Sites.Where(site => site.Layer == i && wanted.ContainsKey(site.Input)));
                if (layer.HasAttention && block.Attention(i, gatherer.Inputs[SiteInput.Attention]) is { } pairs)
                    config = config with { Layers = [.. config.Layers.Select((other, index) => index == i ? other with { RotaryPairs = pairs } : other)] };
                if (layer.HasFfn) block.Ffn(i, gatherer.Inputs[SiteInput.Neurons]);
            }
            catch (ArithmeticException e)
            {
                throw new CalibrationException($"the second moments of block {i} on the calibration text cannot be used: {e.Message}; check the model with 'pare eval'", e);
            }
            finally
            {
                foreach (var statistics in gatherer.Inputs.Values) statistics.Dispose();
            }

            result.Add(new ModelGraph(config), block.Values);
            using var narrow = new DecoderBlock(config, i, id => block.Values.TryGetValue(id, out var values) ? View(config, id, values) : _model.FindWeight(id));
            stream.Advance(narrow, i, cancellation);
        }

        return config;
    }

    private static Weight View(ModelConfig config, ParameterId id, float[] values)
    {
        var pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        return BlockEdit.View(new ModelGraph(config).Get(id), pinned);
    }

    // Biases of output and down projections stay as they are.
    private static bool Touches(ParameterId id) => id.IsBias ? id.Role is ParameterRole.Query or ParameterRole.Key or ParameterRole.Value or ParameterRole.Gate or ParameterRole.Up
        : s_attention.Contains(id.Role) || s_ffn.Contains(id.Role);

    // The configuration of the smaller shapes as it will be read back; which rotary pairs stay, is not known yet.
    private ModelConfig Shape(double[] shares)
    {
        var config = _model.Config;
        var wanted = config with { Layers = [.. config.Layers.Select((layer, i) => layer with { FfnSize = Neurons(layer.FfnSize, 1 - shares[i]), HeadSize = HeadSize(layer, 1 - shares[i]) })] };
        var whole = config.Layers.Where(layer => layer is { HasAttention: true, Rope: not null }).Select(layer => layer.HeadSize).Distinct().ToList();
        if (whole.Count > 1) throw new ArgumentException("modegpt needs heads of one size in all blocks where they are rotated");
        // Stand-ins, so that the configuration says that there are such lists.
        var marked = wanted with { Layers = [.. wanted.Layers.Select((layer, i) => layer is { HasAttention: true, Rope: not null } ? layer with { RotaryPairs = [.. FirstPairs(config.Layers[i], layer)] } : layer)] };
        var json = JsonNode.Parse(config.Architecture.ToHuggingFace(marked, whole.Count == 1 ? whole[0] : null).ToJsonString())!.AsObject();
        var read = config.Architecture.ReadWhole(new ConfigReader("the decomposed model's configuration", json)) with { TieWordEmbeddings = config.TieWordEmbeddings };
        for (var i = 0; i < read.Layers.Count; i++)
        {
            var (meant, found) = (wanted.Layers[i], read.Layers[i]);
            if (meant.HasAttention && (meant.HeadSize != found.HeadSize || meant.Rope != found.Rope || meant.Heads != found.Heads) || meant.FfnSize != found.FfnSize || meant.SlidingWindow != found.SlidingWindow)
                throw new ArgumentException($"this family cannot say block {i} with {meant.FfnSize} neurons and heads of {meant.HeadSize} channels: its configuration would be read as another");
        }

        return read;
    }

    private static IEnumerable<int> FirstPairs(LayerConfig whole, LayerConfig layer) => Enumerable.Range(0, layer.KeyValueHeads).SelectMany(_ => Enumerable.Range(0, MoDeGptBlock.RotaryPairs(whole, layer.HeadSize)));

    private int Neurons(int neurons, double kept) => neurons == 0 ? 0 : Math.Min(neurons, Math.Max(_options.Multiple, (int)Math.Round(neurons * kept / _options.Multiple) * _options.Multiple));

    // An even number where channels are rotated in pairs.
    private static int HeadSize(LayerConfig layer, double kept) => layer.HasAttention ? Math.Min(layer.HeadSize, Math.Max(2, (int)Math.Round(layer.HeadSize * kept / 2) * 2)) : layer.HeadSize;
}
