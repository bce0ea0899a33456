using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>A family of models: how its configuration is read and what its tensors are called. One file each in <c>Architectures/</c>.</summary>
public abstract class Architecture
{
    /// <summary>Hugging Face's model_type, such as "llama".</summary>
    public abstract string ModelType { get; }

    /// <summary>Hugging Face's class, such as "LlamaForCausalLM".</summary>
    public abstract string ClassName { get; }

    /// <summary>llama.cpp's general.architecture, or null where it has none.</summary>
    public abstract string? GgufName { get; }

    /// <summary>Names under which Hugging Face stores the parameters.</summary>
    internal abstract IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; }

    /// <summary>Names under which GGUF stores the parameters.</summary>
    internal virtual IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => Architectures.GgufTensorNames.Standard;

    /// <summary>Keys of the shapes in the configuration.</summary>
    internal virtual ConfigKeys Keys { get; } = new();

    /// <summary>Reads the configuration, as far as it is the family's.</summary>
    internal abstract ModelConfig Read(ConfigReader config);

    /// <summary>Reads the configuration with what Pare has added to it.</summary>
    internal ModelConfig ReadWhole(ConfigReader config) => ConfigStructure.Apply(config, Read(config));

    /// <summary>Adds what the family's configuration holds beyond the common keys, when the model is a GGUF file.</summary>
    internal virtual void ReadGguf(Gguf.GgufSource source, JsonObject json)
    {
    }

    /// <summary>Adds what the family's GGUF metadata holds beyond the common keys.</summary>
    /// <exception cref="ExportException">llama.cpp cannot run such a model.</exception>
    internal virtual void WriteGguf(ModelConfig config, Gguf.GgufTarget target)
    {
    }

    /// <summary>Whether the head is the embedding table where the configuration does not say.</summary>
    internal virtual bool TiesByDefault => false;

    /// <summary>Whether a feed-forward network without gate is meant.</summary>
    internal virtual bool Gated => true;

    /// <inheritdoc/>
    public override string ToString() => ModelType;

    /// <summary>Reads what the families have in common: sizes, layers, rotary embeddings, tokens. The family changes what it does differently.</summary>
    internal ModelConfig ReadStandard(ConfigReader config, Func<int, LayerConfig, LayerConfig>? changeLayer = null)
    {
        var hidden = config.Size(Keys.HiddenSize);
        var count = config.Size(Keys.Layers);
        if (count is 0 or > 4096) throw config.Problem(Keys.Layers, $"must be from 1 to 4096, is {count}");
        var heads = config.SizePerLayer(Keys.Heads, count) ?? throw config.Problem(Keys.Heads, "is missing");
        var keyValueHeads = config.SizePerLayer(Keys.KeyValueHeads, count) ?? heads;
        var ffn = config.SizePerLayer(Keys.FfnSize, count) ?? [.. Enumerable.Repeat(DefaultFfnSize(config, hidden), count)];
        var headSizes = config.SizePerLayer(Keys.HeadSize, count)
            ?? config.Section(ConfigStructure.Key)?.SizePerLayer(ConfigStructure.HeadSizeKey, count) ?? [.. heads.Select(h => DefaultHeadSize(config, hidden, h, heads.Max()))];
        var rotary = Position == PositionKind.Rotary;
        var layers = new LayerConfig[count];
        for (var i = 0; i < count; i++)
        {
            Check(config, i, heads[i], keyValueHeads[i], headSizes[i]);
            var layer = new LayerConfig
            {
                Heads = heads[i],
                KeyValueHeads = heads[i] == 0 ? 0 : keyValueHeads[i],
                HeadSize = headSizes[i],
                FfnSize = ffn[i],
                AttentionScale = (float)(1 / Math.Sqrt(headSizes[i])),
                Rope = rotary ? RopeReader.Read(config, config.Section(ConfigStructure.Key)?.OptionalSize(ConfigStructure.RotaryHeadSizeKey) ?? headSizes[i]) : null,
            };
            layers[i] = changeLayer?.Invoke(i, layer) ?? layer;
        }

        var vocabulary = config.Size("vocab_size");
        var positions = config.Size(Keys.MaxPositions);
        if (hidden == 0 || vocabulary == 0 || positions == 0)
            throw config.Problem(hidden == 0 ? Keys.HiddenSize : vocabulary == 0 ? "vocab_size" : Keys.MaxPositions, "must not be 0");
        return new ModelConfig
        {
            Architecture = this,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            EmbeddingSize = hidden,
            MaxPositionEmbeddings = positions,
            Layers = layers,
            NormEpsilon = (float)config.Number(Keys.NormEpsilon, 1e-5),
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.Silu),
            GatedFfn = Gated,
            Position = Position,
            TieWordEmbeddings = config.Flag("tie_word_embeddings", TiesByDefault),
            BosTokenId = config.TokenIds("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = config.TokenIds("eos_token_id"),
            Source = config.Json,
        };
    }

    /// <summary>How positions enter.</summary>
    internal virtual PositionKind Position => PositionKind.Rotary;

    /// <summary>Neurons where the configuration does not say.</summary>
    internal virtual int DefaultFfnSize(ConfigReader config, int hidden) => throw config.Problem(Keys.FfnSize, "is missing");

    private int DefaultHeadSize(ConfigReader config, int hidden, int heads, int mostHeads)
    {
        // A pruned layer keeps the head size of the others, so the widest layer decides.
        var of = heads == 0 || heads != mostHeads ? mostHeads : heads;
        if (of == 0 || hidden % of != 0)
            throw config.Problem(Keys.Heads, $"{of} heads do not divide {Keys.HiddenSize} {hidden}; give {Keys.HeadSize ?? "a fitting number"}");
        return hidden / of;
    }

    private void Check(ConfigReader config, int layer, int heads, int keyValueHeads, int headSize)
    {
        if (heads == 0) return;
        if (keyValueHeads == 0 || heads % keyValueHeads != 0)
            throw config.Problem(Keys.KeyValueHeads ?? Keys.Heads, $"layer {layer}: {keyValueHeads} key-value heads do not divide {heads} query heads");
        if ((long)heads * headSize > ConfigReader.LargestSize)
            throw config.Problem(Keys.Heads, $"layer {layer}: {heads} heads of {headSize} channels; at most {ConfigReader.LargestSize} channels are supported");
        if (headSize is 0 or > 4096) throw config.Problem(Keys.HeadSize ?? Keys.Heads, $"layer {layer}: a head of {headSize} channels; from 1 to 4096 are supported");
    }

    /// <summary>The configuration as Hugging Face writes it, with the shapes as they are now: a value where all layers agree, else a list.</summary>
    internal JsonObject ToHuggingFace(ModelConfig config, int? rotaryHeadSize = null)
    {
        var json = (JsonObject)config.Source.DeepClone();
        json["architectures"] = new JsonArray(ClassName);
        json["model_type"] = ModelType;
        json[Keys.HiddenSize] = config.HiddenSize;
        json[Keys.Layers] = config.Layers.Count;
        Set(Keys.Heads, layer => layer.Heads);
        Set(Keys.KeyValueHeads, layer => layer.KeyValueHeads);
        Set(Keys.HeadSize, layer => layer.HeadSize);
        Set(Keys.FfnSize, layer => layer.FfnSize);
        json["vocab_size"] = config.VocabularySize;
        json["tie_word_embeddings"] = config.TieWordEmbeddings;
        ConfigStructure.Write(config, json, rotaryHeadSize);
        return json;

        void Set(string? key, Func<LayerConfig, int> value)
        {
            if (key is null) return;
            var values = config.Layers.Select(value).ToArray();
            if (values.Distinct().Count() == 1) json[key] = values[0];
            else json[key] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        }
    }
}
