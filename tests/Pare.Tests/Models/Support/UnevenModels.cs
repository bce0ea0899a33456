using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Tests.Models.Support;

/// <summary>Makes models whose layers differ, by leaving out heads, neurons and sub-layers of a uniform one.</summary>
internal static class UnevenModels
{
    /// <summary>Writes a model with the first heads and neurons of each layer that its new shape has room for.</summary>
    /// <param name="model">A uniform model.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="shapes">Key-value heads, query heads for each of them, and neurons of each layer.</param>
    public static void Write(Model model, string folder, params (int KeyValueHeads, int PerGroup, int Ffn)[] shapes)
    {
        var config = model.Config with
        {
            Layers = [.. model.Config.Layers.Zip(shapes, (layer, shape) => layer with { Heads = shape.KeyValueHeads * shape.PerGroup, KeyValueHeads = shape.KeyValueHeads, FfnSize = shape.Ffn })],
        };
        var graph = new ModelGraph(config);
        using var pool = new ComputePool(1);
        Directory.CreateDirectory(folder);
        ModelFolderWriter.Write(folder, new OutgoingModel(config, Source, weight => weight.Type), model, null, pool, null, default);

        WeightSource Source(ParameterId id)
        {
            var (wanted, whole) = (graph.Get(id), model.GetWeight(id));
            int[] rows = [.. Enumerable.Range(0, wanted.Rows)], columns = [.. Enumerable.Range(0, wanted.Columns)];
            if (id.Layer >= 0 && id.Role is ParameterRole.Query or ParameterRole.Output)
            {
                var (old, layer) = (model.Config.Layers[id.Layer], config.Layers[id.Layer]);
                var (oldGroup, group) = (old.Heads / old.KeyValueHeads, layer.Heads / layer.KeyValueHeads);
                int[] heads = [.. Enumerable.Range(0, layer.QuerySize).Select(i => ((i / layer.HeadSize / group * oldGroup) + (i / layer.HeadSize % group)) * layer.HeadSize + (i % layer.HeadSize))];
                if (wanted.IsVector && id.Role == ParameterRole.Query || id.Role == ParameterRole.Output && !id.IsBias) columns = heads;
                else if (id.Role == ParameterRole.Query) rows = heads;
            }

            return new PaddedWeight(wanted, new StoredWeight(whole), rows, columns, 0);
        }
    }
}
