using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Compression;

/// <summary>What a <see cref="IModelPass"/> made of a model's parameters.</summary>
internal interface IEditedModel : IDisposable
{
    /// <summary>The configuration, with the shapes that the parameters have now.</summary>
    ModelConfig Config { get; }

    /// <summary>Values of a parameter that the pass changed, row by row; a copy.</summary>
    float[] Values(ParameterId id);

    /// <summary>The rows and columns of a matrix that are not 0, or null where it is to be stored whole.</summary>
    CompactMap? Compact(ParameterId id);

    /// <summary>The shots in which it was made.</summary>
    IReadOnlyList<SurgeonStep> Shots { get; }

    /// <summary>What pare.json says about the run.</summary>
    JsonObject Describe();
}
