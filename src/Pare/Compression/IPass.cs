using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>One step of a compression, bound to a model.</summary>
internal interface IPass
{
    /// <summary>Name of the method.</summary>
    string Method { get; }

    /// <summary>Every parameter that the pass changes, with the format that it is stored in (null leaves that to the runner).</summary>
    IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; }

    /// <summary>Files that the pass reads beside the model, for the provenance.</summary>
    IReadOnlyList<string> InputFiles { get; }
}
