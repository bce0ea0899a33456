using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Tests.Training.Definition;

/// <summary>Models of every family with a few thousand random weights, made in memory: uniform ones, ones whose layers differ, and ones with sub-layers missing.</summary>
internal static unsafe class SmallModels
{
    /// <summary>Configurations beyond the common sizes, one for every piece in which families differ.</summary>
    private static readonly Dictionary<string, string> s_configs = new()
    {
        ["llama"] = """{"model_type":"llama"}""",
        ["llama-tied-bias"] = """{"model_type":"llama","tie_word_embeddings":true,"attention_bias":true,"mlp_bias":true}""",
        ["llama-linear"] = """{"model_type":"llama","rope_scaling":{"rope_type":"linear","factor":2.5}}""",
        ["llama-llama3"] = """{"model_type":"llama","rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":16}}""",
        ["llama-yarn"] = """{"model_type":"llama","rope_scaling":{"rope_type":"yarn","factor":4,"original_max_position_embeddings":16}}""",
        ["llama-gelu"] = """{"model_type":"llama","hidden_act":"gelu"}""",
        ["llama-relu"] = """{"model_type":"llama","hidden_act":"relu"}""",
        ["mistral"] = """{"model_type":"mistral","sliding_window":3}""",
        ["qwen2"] = """{"model_type":"qwen2"}""",
        ["qwen3"] = """{"model_type":"qwen3"}""",
        ["opt"] = """{"model_type":"opt","ffn_dim":20,"activation_function":"relu"}""",
        ["opt-350m"] = """{"model_type":"opt","ffn_dim":20,"activation_function":"relu","do_layer_norm_before":false,"word_embed_proj_dim":14}""",
        ["gpt2"] = """{"model_type":"gpt2","n_embd":24,"n_layer":3,"n_head":4,"n_inner":20,"n_positions":32,"tie_word_embeddings":true}""",
        ["gpt-neox"] = """{"model_type":"gpt_neox","rotary_pct":0.34,"hidden_act":"gelu"}""",
        ["gpt-neox-sequential"] = """{"model_type":"gpt_neox","use_parallel_residual":false,"hidden_act":"gelu"}""",
        ["phi3"] = """{"model_type":"phi3"}""",
        ["phi3-longrope"] = """{"model_type":"phi3","original_max_position_embeddings":6,"rope_scaling":{"type":"longrope","short_factor":[1,1.1,1.2],"long_factor":[1,2,4]}}""",
        ["gemma"] = """{"model_type":"gemma","tie_word_embeddings":true}""",
        ["gemma2"] = """{"model_type":"gemma2","tie_word_embeddings":true,"sliding_window":3,"query_pre_attn_scalar":5,"attn_logit_softcapping":3,"final_logit_softcapping":4}""",
        ["gemma3"] = """{"model_type":"gemma3_text","tie_word_embeddings":true,"sliding_window":3,"sliding_window_pattern":2,"query_pre_attn_scalar":5}""",
        ["olmo2"] = """{"model_type":"olmo2"}""",
        ["granite"] = """{"model_type":"granite","embedding_multiplier":3,"residual_multiplier":0.4,"attention_multiplier":0.3,"logits_scaling":2}""",
        ["starcoder2"] = """{"model_type":"starcoder2","hidden_act":"gelu_pytorch_tanh","use_bias":true}""",
    };

    /// <summary>Every configuration, each also with layers of different shapes and with missing sub-layers.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in s_configs.Keys)
                foreach (var layers in (string[])["uniform", "uneven", "missing"]) data.Add(name, layers);
            return data;
        }
    }

    /// <summary>Makes a model. Weights are random, those of norms around one.</summary>
    /// <param name="name">One of the names of <see cref="All"/>.</param>
    /// <param name="layers">"uniform", "uneven" or "missing".</param>
    /// <param name="seed">Seed of the weights.</param>
    public static Model Create(string name, string layers = "uniform", ulong seed = 1)
    {
        var json = Config(name, layers);
        var architecture = ArchitectureRegistry.All.First(family => family.ModelType == json["model_type"]!.GetValue<string>());
        var config = architecture.Read(new ConfigReader(name, json));
        var layout = StorageLayout.Build(config, new ModelGraph(config).Parameters, architecture.HuggingFaceNames);
        var memory = new NativeBuffer<float>(layout.Sum(storage => (long)storage.Rows * storage.Columns), zeroed: false);
        var random = new SeededRandom(seed);
        var tensors = new Dictionary<string, StoredTensor>();
        var data = memory.Pointer;
        foreach (var storage in layout)
        {
            var count = storage.Rows * storage.Columns;
            var id = storage.Parts[0].Parameter.Id;
            var mean = id.Role.IsNorm() && !id.IsBias ? 1 - config.NormWeightOffset : 0;
            for (var i = 0; i < count; i++) data[i] = mean + (float)(0.3 * random.NextGaussian());
            tensors.Add(storage.Name, new StoredTensor(storage.Name, ElementType.F32, storage.Shape, (byte*)data, count * sizeof(float), memory));
            data += count;
        }

        return Model.Load(new MemoryModelFile($"{name} ({layers})", json, tensors, memory));
    }

    /// <summary>Sequences of random tokens, some of which occur more than once.</summary>
    public static int[][] Tokens(Model model, int sequences = 2, int length = 9, ulong seed = 7)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, sequences).Select(_ => Enumerable.Range(0, length).Select(_ => random.NextInt(model.Config.VocabularySize)).ToArray())];
    }

    private static JsonObject Config(string name, string layers)
    {
        var json = JsonNode.Parse(s_configs[name])!.AsObject();
        var type = json["model_type"]!.GetValue<string>();
        var keys = ArchitectureRegistry.All.First(family => family.ModelType == type).Keys;
        Default(keys.HiddenSize, 24);
        Default(keys.Layers, 3);
        Default(keys.MaxPositions, 32);
        Default("vocab_size", 23);
        if (!json.ContainsKey("tie_word_embeddings")) json["tie_word_embeddings"] = false;
        // Head sizes are those of hidden / heads where the family has no key for them.
        if (keys.HeadSize is not null) json[keys.HeadSize] = 6;
        json[keys.Heads] = Sizes([4, 4, 4], [4, 2, 2], [4, 0, 2]);
        if (keys.KeyValueHeads is not null) json[keys.KeyValueHeads] = Sizes([2, 2, 2], [2, 2, 1], [2, 0, 1]);
        json[keys.FfnSize] = Sizes([20, 20, 20], [20, 12, 9], [0, 12, 20]);
        // As read from a file: numbers of a text have no type yet.
        return JsonNode.Parse(json.ToJsonString())!.AsObject();

        JsonNode Sizes(int[] uniform, int[] uneven, int[] missing)
        {
            if (layers == "uniform") return uniform[0];
            return new JsonArray([.. (layers == "uneven" ? uneven : missing).Select(size => (JsonNode)size)]);
        }

        void Default(string key, int value)
        {
            if (!json.ContainsKey(key)) json[key] = value;
        }
    }
}
