using Pare.Formats;
using Pare.Models.Gguf;
using Pare.Models.Vocabularies;
using Pare.Numerics;

namespace Pare.Models.Writing;

/// <summary>Writes a model as one GGUF file of version 3 that llama.cpp runs.</summary>
internal static class ModelGgufWriter
{
    /// <summary>Version of the block formats' layouts.</summary>
    private const uint QuantizationVersion = 2;

    /// <summary>Whether a parameter keeps F32 in a GGUF file: llama.cpp adds and multiplies these as they are.</summary>
    public static bool StaysFloat(Parameter parameter) => parameter.IsVector || parameter.Id.Role == ParameterRole.PositionEmbedding;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="target">Metadata of the configuration.</param>
    /// <param name="from">The model whose tokenizer and name it carries.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told the bytes of each tensor that was written, or null.</param>
    /// <param name="cancellation">Stops between panels of rows.</param>
    public static void Write(string path, OutgoingModel model, GgufTarget target, Model from, ComputePool pool, Action<long>? progress, CancellationToken cancellation)
    {
        target.General("name", Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(from.Path)));
        target.General("file_type", FileType(model));
        target.General("quantization_version", QuantizationVersion);
        AddTokenizer(target, model.Config, from);
        var composer = new TensorComposer(pool, cancellation);
        var tensors = new List<OutgoingTensor>();
        foreach (var storage in StorageLayout.Build(model.Config, model.Graph.Parameters, model.Config.Architecture.GgufNames))
        {
            var types = storage.Parts.Select(part => model.Type(part.Parameter.Id)).Distinct().ToList();
            if (types.Count > 1)
                throw new ExportException($"{storage.Name} holds {string.Join(", ", storage.Parts.Select(part => part.Parameter.Name))}, stored here as {string.Join(", ", types)}; GGUF has one format for all: give --format");
            tensors.Add(composer.Compose(storage, [.. storage.Parts.Select(part => model.Source(part.Parameter.Id))], types[0]));
        }

        tensors.AddRange(GgufRopeWriter.Tensors(model.Config));
        GgufWriter.Write(path, target.Metadata, [.. tensors.Select(Reporting)]);

        OutgoingTensor Reporting(OutgoingTensor tensor) => progress is null ? tensor : tensor with
        {
            Write = stream =>
            {
                tensor.Write(stream);
                progress(tensor.ByteLength);
            },
        };
    }

    private static void AddTokenizer(GgufTarget target, ModelConfig config, Model from)
    {
        if (from.File is GgufModelFile gguf)
        {
            target.Metadata.AddRange(gguf.Metadata.Where(entry => entry.Key.StartsWith("tokenizer.", StringComparison.Ordinal)));
        }
        else if (FolderVocabulary.Exists(from.Path))
        {
            var vocabulary = FolderVocabulary.Read(from.Path, from.Tokenizer);
            vocabulary.PadTo(config.VocabularySize);
            vocabulary.Write(target.Metadata, from.Tokenizer);
        }
        else
        {
            target.Warnings.Add("the model has no tokenizer: the file runs on token ids only");
            target.Metadata.Add(new("tokenizer.ggml.model", GgufValue.String("no_vocab")));
            if (config.BosTokenId is { } bos) target.Metadata.Add(new("tokenizer.ggml.bos_token_id", GgufValue.UInt32((uint)bos)));
            if (config.EosTokenIds is [var eos, ..]) target.Metadata.Add(new("tokenizer.ggml.eos_token_id", GgufValue.UInt32((uint)eos)));
        }
    }

    // llama.cpp's number for the format that most weights have; it is shown, not used.
    private static uint FileType(OutgoingModel model)
    {
        var main = model.Graph.Sites.GroupBy(site => model.Type(site.Weight)).MaxBy(group => group.Sum(site => site.WeightCount))!.Key;
        return main switch
        {
            ElementType.F16 => 1,
            ElementType.Q4_0 => 2,
            ElementType.Q4_1 => 3,
            ElementType.Q8_0 => 7,
            ElementType.Q5_0 => 8,
            ElementType.Q5_1 => 9,
            ElementType.Q2_K => 10,
            ElementType.Q3_K => 11,
            ElementType.Q4_K => 14,
            ElementType.Q5_K => 16,
            ElementType.Q6_K => 18,
            ElementType.IQ4_NL => 25,
            ElementType.BF16 => 32,
            _ => 0,
        };
    }
}
