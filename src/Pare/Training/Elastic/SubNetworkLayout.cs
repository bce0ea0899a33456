using Pare.Formats;
using Pare.Models;

namespace Pare.Training;

/// <summary>Parameters of a sub-network and the types that they are written in.</summary>
public sealed class SubNetworkLayout
{
    private readonly Func<Parameter, ElementType> _type;

    internal SubNetworkLayout(ModelConfig config, Func<Parameter, ElementType> type)
    {
        (Config, _type) = (config, type);
        Graph = new ModelGraph(config);
    }

    /// <summary>Configuration of the sub-network.</summary>
    public ModelConfig Config { get; }

    /// <summary>Its parameters.</summary>
    public ModelGraph Graph { get; }

    /// <summary>Bytes of the tensors of the folder that <see cref="SubNetworkModel.Write"/> would write.</summary>
    public long ByteLength => Graph.Parameters.Sum(parameter => _type(parameter).RowBytes(parameter.Columns) * parameter.Rows);

    /// <summary>The type that a parameter is written in.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>The type.</returns>
    /// <exception cref="ArgumentException">The sub-network has no such parameter.</exception>
    public ElementType TypeOf(ParameterId id) => _type(Graph.Get(id));
}
