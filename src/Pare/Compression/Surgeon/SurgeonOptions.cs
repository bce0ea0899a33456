using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of the LLM Surgeon (van der Ouderaa et al. 2024, arXiv 2312.17244): pruning by Kronecker-factored curvature, in several shots.</summary>
public sealed record SurgeonOptions : PassOptions
{
    internal const string MethodName = "surgeon";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the weights of the pruned sites that is 0 at the end, above 0 and below 1. Biases are not counted.</summary>
    public required double Sparsity { get; init; }

    /// <summary>Text file, or safetensors file with the windows <c>input_ids</c> [windows, length], that the curvature is taken on.</summary>
    public required string Calibration { get; init; }

    /// <summary>Tokens of it for the curvature; whole windows, at least one.</summary>
    public int CalibrationTokens { get; init; } = 16384;

    /// <summary>Tokens behind those on which perplexity is measured between shots, and the damping chosen; whole windows, at least one. Null takes a quarter as many.</summary>
    public int? HeldOutTokens { get; init; }

    /// <summary>Tokens of a window, where the file is a text; null takes 1024, or as many as the model has positions.</summary>
    public int? Window { get; init; }

    /// <summary>What is removed together.</summary>
    public PruningStructure Structure { get; init; } = PruningStructure.RowsColumns;

    /// <summary>N of <see cref="PruningStructure.Blocks"/>: weights that stay of every <see cref="BlockSize"/>.</summary>
    public int BlockKept { get; init; } = 2;

    /// <summary>M of <see cref="PruningStructure.Blocks"/>, from 2 to 64.</summary>
    public int BlockSize { get; init; } = 4;

    /// <summary>Shots T: after shot t the share <see cref="Sparsity"/>·t/T is removed; the curvature is estimated anew for each.</summary>
    public int Shots { get; init; } = 5;

    /// <summary>The curvature; <see cref="CurvatureKind.Identity"/> without <see cref="Update"/> is pruning by magnitude.</summary>
    public CurvatureKind Curvature { get; init; }

    /// <summary>Rounds of the power iteration of <see cref="CurvatureKind.NearestKronecker"/>.</summary>
    public int Iterations { get; init; } = 3;

    /// <summary>Whether the weights that stay move to make up for what goes (Surgeon) or stay as they are (Damage).</summary>
    public bool Update { get; init; } = true;

    /// <summary>λ of A: λ·mean(diag A) is added to its diagonal. Null searches for both λ in every shot, starting from the default, by the perplexity on the held-out tokens.</summary>
    public double? InputDamping { get; init; }

    /// <summary>λ of G; null takes 0.01 for rows and columns and 0.1 for elements and blocks, as the published scripts do.</summary>
    public double? OutputDamping { get; init; }

    /// <summary>
    /// Whether damping counts in all costs, as it does in the updates. The published code leaves it out of the quadratic forms and of the diagonals of Damage;
    /// what is small against the damping then looks free.
    /// </summary>
    public bool DampCosts { get; init; } = true;

    /// <summary>For elements and blocks: weights that are removed jointly, 0 for all of a site, −1 for those of a row.</summary>
    public int MaxCorrelate { get; init; } = 256;

    /// <summary>Factor of the move of the kept weights.</summary>
    public double UpdateScale { get; init; } = 1;

    /// <summary>Least share of a site's rows, and of its columns (or of its coupled units), that stays; at least one of each stays in any case.</summary>
    public double MinimumWidth { get; init; }

    /// <summary>Rank of the low-rank correction that is trained after a shot and merged; 0 trains none.</summary>
    public int LoraRank { get; init; }

    /// <summary>Its learning rate (AdamW), which falls to 0 within each training.</summary>
    public double LoraLearningRate { get; init; } = 5e-4;

    /// <summary>Epochs over the calibration tokens after every shot but the last.</summary>
    public int LoraEpochs { get; init; } = 1;

    /// <summary>Epochs after the last shot.</summary>
    public int LoraFinalEpochs { get; init; } = 5;

    /// <summary>Tokens that run through the model together.</summary>
    public int BatchTokens { get; init; } = 1024;

    /// <summary>Memory for the factors of the curvature in bytes; what does not fit waits in a file.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Whether matrices that lost rows and columns are stored, and run, without them; otherwise with zeros, as other programs read them.</summary>
    public bool Compact { get; init; } = true;

    /// <summary>Format of the matrices that change; null takes BF16. Biases are stored as F32.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>λ of A as it is used before any search.</summary>
    internal double EffectiveInputDamping => InputDamping ?? 0.01;

    /// <summary>λ of G as it is used before any search.</summary>
    internal double EffectiveOutputDamping => OutputDamping ?? (IsStructured ? 0.01 : 0.1);

    /// <summary>Whether each shot looks for its own damping.</summary>
    internal bool SearchesDamping => InputDamping is null && Curvature != CurvatureKind.Identity;

    /// <summary>Tokens that perplexity is measured on.</summary>
    internal int EffectiveHeldOutTokens => HeldOutTokens ?? Math.Max(1, CalibrationTokens / 4);

    /// <summary>The options of the curvature.</summary>
    internal CurvatureOptions CurvatureOptions => new() { Kind = Curvature, Iterations = Iterations, BatchTokens = BatchTokens, MemoryBytes = MemoryBytes };

    /// <summary>Whether whole rows and columns go.</summary>
    internal bool IsStructured => Structure is PruningStructure.Rows or PruningStructure.Columns or PruningStructure.RowsColumns or PruningStructure.Coupled;

    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="RecipeException">Names the key.</exception>
    internal void Check(string path)
    {
        Require(Sparsity is > 0 and < 1, "sparsity", $"expected a share above 0 and below 1, found {Sparsity}");
        Require(CalibrationTokens >= 1, "calibrationTokens", $"expected at least 1, found {CalibrationTokens}");
        Require(HeldOutTokens is null or >= 1, "heldOutTokens", $"expected at least 1, found {HeldOutTokens}");
        Require(Window is null or >= 2, "window", $"expected at least 2 tokens, found {Window}");
        Require(Shots is >= 1 and <= 1000, "shots", $"expected 1 to 1000, found {Shots}");
        Require(Iterations >= 1, "iterations", $"expected at least 1, found {Iterations}");
        Require(BlockSize is >= 2 and <= 64 && BlockKept >= 0 && BlockKept < BlockSize, "structure", $"expected N:M with M from 2 to 64 and N below it, found {BlockKept}:{BlockSize}");
        Require(InputDamping is not < 0 && double.IsFinite(InputDamping ?? 0), "damping", $"expected 0 or more, found {InputDamping}");
        Require(OutputDamping is not < 0 && double.IsFinite(OutputDamping ?? 0), "outputDamping", $"expected 0 or more, found {OutputDamping}");
        Require(MaxCorrelate is >= -1 and <= 8192, "maxCorrelate", $"expected -1 to 8192, found {MaxCorrelate}");
        Require(MinimumWidth is >= 0 and < 1, "minimumWidth", $"expected a share from 0 to below 1, found {MinimumWidth}");
        Require(LoraRank is >= 0 and <= 1024, "loraRank", $"expected 0 (none) to 1024, found {LoraRank}");
        Require(LoraLearningRate > 0, "loraLearningRate", $"expected a number above 0, found {LoraLearningRate}");
        Require(LoraEpochs >= 0, "loraEpochs", $"expected 0 or more, found {LoraEpochs}");
        Require(LoraFinalEpochs >= 0, "loraFinalEpochs", $"expected 0 or more, found {LoraFinalEpochs}");
        Require(BatchTokens >= 1, "batchTokens", $"expected at least 1, found {BatchTokens}");
        Require(double.IsFinite(UpdateScale), "updateScale", $"expected a number, found {UpdateScale}");
        if (Structure != PruningStructure.Blocks) return;
        var highest = (double)(BlockSize - BlockKept) / BlockSize;
        Require(Sparsity <= highest + 1e-12, "sparsity", $"{BlockKept}:{BlockSize} removes at most {highest}, and {Sparsity} was asked for");

        void Require(bool holds, string key, string problem)
        {
            if (!holds) throw new RecipeException($"{path}.{key}", problem);
        }
    }

    internal static SurgeonOptions Read(RecipeMap step) => SurgeonOptionsReader.Read(step);

    internal override JsonObject ToJson() => SurgeonOptionsReader.ToJson(this);
}
