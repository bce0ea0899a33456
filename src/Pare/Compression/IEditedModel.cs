using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>What a <see cref="IModelPass"/> made of a model's parameters.</summary>
internal interface IEditedModel : IDisposable
{
    /// <summary>The configuration, with the shapes that the parameters have now.</summary>
    ModelConfig Config { get; }

    /// <summary>Every parameter of the edited model that is not one of the model before, with the format that it is stored in (null leaves that to the runner).</summary>
    IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; }

    /// <summary>A parameter that the pass took over as it lies in the file, maybe from another block; null where the edited model has none.</summary>
    Weight? Find(ParameterId id);

    /// <summary>Values of a parameter that the pass changed, row by row; a copy.</summary>
    float[] Values(ParameterId id);

    /// <summary>The rows and columns of a matrix that are not 0, or null where it is to be stored whole.</summary>
    CompactMap? Compact(ParameterId id) => null;

    /// <summary>The shots in which it was made.</summary>
    IReadOnlyList<SurgeonStep> Shots => [];

    /// <summary>What was done, in sentences for people.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>What pare.json says about the run.</summary>
    JsonObject Describe();
}
