using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Tokenization;

namespace Pare.Benchmarks.Models;

/// <summary>Writes a model folder of a named shape with random weights and a real tokenizer, for measuring start-up and memory:
/// <c>write-random SHAPE FORMAT TOKENIZER OUT</c>. TOKENIZER is a folder with tokenizer files, such as a model; the vocabulary is its.</summary>
internal static class WriteRandomModel
{
    public static int Run(string[] args)
    {
        if (args is not [var shapeName, var formatName, var tokenizerFolder, var output])
        {
            Console.Error.WriteLine("usage: write-random SHAPE FORMAT TOKENIZER OUT");
            return 2;
        }

        var shape = ModelShape.Find(shapeName) with { VocabularySize = TokenizerLoader.Load(tokenizerFolder).VocabularySize };
        using var random = RandomModel.Create(shape, ElementTypes.Parse(formatName));
        using var pool = new ComputePool();
        var outgoing = new OutgoingModel(random.Config, id => new StoredWeight(random.GetWeight(id)), weight => weight.Type);
        AtomicFolder.Write(output, overwrite: false, folder => ModelFolderWriter.Write(folder, outgoing, () => ModelAssets.Copy(tokenizerFolder, folder), null, pool, null, default));
        Console.WriteLine($"{output}: {random.WeightBytes / 1e6:f0} MB of weights");
        return 0;
    }
}
