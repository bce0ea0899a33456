using System.Text.Json.Nodes;

namespace Pare.Models;

/// <summary>Everything about a decoder-only transformer but its weights: shapes per layer, and the switches in which families differ.</summary>
public sealed record ModelConfig
{
    /// <summary>The family that read it, which also names its tensors.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Entries of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Channels of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Channels of an embedding; differs from <see cref="HiddenSize"/> where projections stand between (OPT-350m).</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Longest context that the model was made for, in tokens.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>The blocks, in order.</summary>
    public required IReadOnlyList<LayerConfig> Layers { get; init; }

    /// <summary>Kind of all norms but those of queries and keys, which are always RMS norms.</summary>
    public NormKind Norm { get; init; }

    /// <summary>ε of all norms.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Added to every norm weight before use (1 for Gemma, else 0).</summary>
    public float NormWeightOffset { get; init; }

    /// <summary>Where the blocks' norms stand.</summary>
    public NormPlacement NormPlacement { get; init; }

    /// <summary>Whether there is a norm between the last block and the head.</summary>
    public bool HasFinalNorm { get; init; } = true;

    /// <summary>Whether attention and feed-forward network read the same input and are added together (GPT-NeoX).</summary>
    public bool ParallelResidual { get; init; }

    /// <summary>Non-linearity of the feed-forward networks.</summary>
    public ActivationKind Activation { get; init; }

    /// <summary>Whether the network is down(act(gate(x)) · up(x)); otherwise down(act(up(x))).</summary>
    public bool GatedFfn { get; init; } = true;

    /// <summary>How positions enter.</summary>
    public PositionKind Position { get; init; }

    /// <summary>Learned positions: row of the table that position 0 takes (2 for OPT).</summary>
    public int PositionOffset { get; init; }

    /// <summary>Norm of queries and keys.</summary>
    public QueryKeyNormKind QueryKeyNorm { get; init; }

    /// <summary>Whether query, key and value have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward projections have biases.</summary>
    public bool FfnBias { get; init; }

    /// <summary>Whether the residual stream changes its basis between sub-layers: h ← S·h + f(norm(h)) with a matrix S for each (SliceGPT).</summary>
    public bool HasShortcuts { get; init; }

    /// <summary>Whether the output head has a bias of its own.</summary>
    public bool HeadBias { get; init; }

    /// <summary>Whether the output head is the embedding table.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Factor on embeddings (Gemma, Granite).</summary>
    public float EmbeddingMultiplier { get; init; } = 1;

    /// <summary>Factor on what attention and network add to the residual stream (Granite).</summary>
    public float ResidualMultiplier { get; init; } = 1;

    /// <summary>Factor on the logits (Granite: 1 / logits_scaling).</summary>
    public float LogitMultiplier { get; init; } = 1;

    /// <summary>c of c · tanh(score / c) on attention scores; 0 where there is none (Gemma 2).</summary>
    public float AttentionLogitSoftcap { get; init; }

    /// <summary>c of c · tanh(logit / c) on the logits; 0 where there is none (Gemma 2).</summary>
    public float FinalLogitSoftcap { get; init; }

    /// <summary>Beginning-of-text token of the configuration, where it names one.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>The Hugging Face configuration that this was read from, for keys that Pare passes on unread.</summary>
    public required JsonObject Source { get; init; }

    /// <summary>Whether all layers have the same shape and both sub-layers (what Hugging Face's classes can hold).</summary>
    public bool IsUniform => Layers.All(layer => layer.HasAttention && layer.HasFfn
        && layer.Heads == Layers[0].Heads && layer.KeyValueHeads == Layers[0].KeyValueHeads
        && layer.HeadSize == Layers[0].HeadSize && layer.FfnSize == Layers[0].FfnSize);
}
