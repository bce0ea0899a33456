using Pare.Formats;
using Pare.Models;

namespace Pare.Cli;

/// <summary>What estimates need to know of a model.</summary>
/// <param name="Path">Its path, or a name for one that is not made yet.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="WeightBytes">Bytes of all tensors.</param>
internal sealed record ModelOutline(string Path, ModelConfig Config, long Parameters, long WeightBytes)
{
    public static ModelOutline Of(Model model) => new(model.Path, model.Config, model.Graph.ParameterCount, model.WeightBytes);

    /// <summary>Of a model with random weights, without making it.</summary>
    public static ModelOutline Of(ModelShape shape, ElementType format)
    {
        var (name, config, bytes) = RandomModel.Outline(shape, format);
        return new ModelOutline(name, config, new ModelGraph(config).ParameterCount, bytes);
    }
}
