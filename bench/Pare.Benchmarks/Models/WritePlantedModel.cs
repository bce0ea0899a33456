using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Tokenization;

namespace Pare.Benchmarks.Models;

/// <summary>Writes a model folder of a named shape whose networks have planted sparsity, for measuring what is gained where only active neurons are fetched and multiplied:
/// <c>write-planted SHAPE FORMAT ACTIVE TOKENIZER OUT</c>. ACTIVE is the share of neurons that a token makes active, such as 0.1.</summary>
/// <remarks>Thresholds are those of rule <c>cats</c> for groups of a cluster; the predictors are the maps themselves (<see cref="PlantedWeights"/>), with a margin.</remarks>
internal static class WritePlantedModel
{
    // In deviations of a gate's noise: what the largest of a cluster adds, and what rounding does.
    private const double Margin = 5;

    public static int Run(string[] args)
    {
        if (args is not [var shapeName, var formatName, var share, var tokenizerFolder, var output])
        {
            Console.Error.WriteLine("usage: write-planted SHAPE FORMAT ACTIVE TOKENIZER OUT");
            return 2;
        }

        var shape = ModelShape.Find(shapeName) with { VocabularySize = TokenizerLoader.Load(tokenizerFolder).VocabularySize };
        var format = ElementTypes.Parse(formatName);
        var active = double.Parse(share, CultureInfo.InvariantCulture);
        var (_, config, _) = RandomModel.Outline(shape, format);
        var weights = new PlantedWeights(shape, active);
        var sparsity = Sparsity(shape, weights, active);
        using var pool = new ComputePool();
        var parameters = new ModelGraph(config).Parameters.ToDictionary(parameter => parameter.Id);
        var outgoing = new OutgoingModel(config, id => weights.Source(parameters[id]), _ => format);
        AtomicFolder.Write(output, overwrite: false, folder =>
        {
            var provenance = new JsonObject { [ActivationSparsityFile.Key] = ActivationSparsityFile.ToJson(sparsity) };
            ModelFolderWriter.Write(folder, outgoing, () => ModelAssets.Copy(tokenizerFolder, folder), provenance, pool, null, default);
            ActivationSparsityFile.WriteTensors(folder, sparsity);
        });
        using var model = Model.Open(output);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output}: {model.WeightBytes / 1e6:f0} MB of weights"));
        return 0;
    }

    private static ActivationSparsity Sparsity(ModelShape shape, PlantedWeights weights, double active)
    {
        // A cluster is active where the largest of its gates is: their noise is small beside its shared part.
        var gate = PlantedWeights.GateDeviation * Quantile(1 - active);
        var sparsity = new ActivationSparsity("cats", 1 - active, PlantedWeights.Cluster, shape.Layers);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var (first, second) = weights.Maps(layer);
            var bias = new float[second.Length / PlantedWeights.Rank];
            Array.Fill(bias, (float)(Margin * PlantedWeights.NoiseDeviation - gate));
            sparsity[layer, ActivationSite.Activation] = new SiteThreshold { Value = (float)(gate / (1 + Math.Exp(-gate))) };
            sparsity.SetPredictor(layer, new NeuronPredictor(Array.ConvertAll(first, value => (Half)value), Array.ConvertAll(second, value => (Half)value), bias, PlantedWeights.Rank));
        }

        return sparsity;
    }

    // Of the standard normal distribution, by bisection of its integral.
    private static double Quantile(double share)
    {
        var (low, high) = (-8.0, 8.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Below(middle) < share) low = middle;
            else high = middle;
        }

        return low;
    }

    private static double Below(double x)
    {
        const double Step = 0.001;
        double sum = 0;
        for (var y = -8.0; y < x; y += Step) sum += Math.Exp(-y * y / 2) * Step;
        return sum / Math.Sqrt(2 * Math.PI);
    }
}
