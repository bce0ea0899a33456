using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Tests.Formats;

namespace Pare.Tests.Compression;

/// <summary>Writes what a pass over the whole model made of it as a folder of float32, and opens that.</summary>
internal static class EditedModels
{
    public static Model Write(IEditedModel edited, TemporaryFolder temporary, string name = "edited")
    {
        var graph = new ModelGraph(edited.Config);
        var folder = Directory.CreateDirectory(temporary.File(name)).FullName;
        using var pool = new ComputePool(1);
        ModelFolderWriter.Write(folder, new OutgoingModel(edited.Config, Source, _ => ElementType.F32), () => { }, null, pool, null, default);
        return Model.Open(folder);

        WeightSource Source(ParameterId id) => edited.Changes.ContainsKey(id) ? new EditedWeight(graph.Get(id), edited.Values(id)) : new StoredWeight(edited.Find(id)!);
    }
}
