using System.Text.Json.Nodes;
using Pare.Calibration;

namespace Pare.Compression;

/// <summary>Options of the LLM Surgeon (van der Ouderaa et al. 2024, arXiv 2312.17244): pruning by Kronecker-factored curvature, in several shots.</summary>
public sealed record SurgeonOptions : PassOptions
{
    internal const string MethodName = "surgeon";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the weights of the pruned sites that is 0 at the end, above 0 and below 1. Biases are not counted.</summary>
    public required double Sparsity { get; init; }

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

    /// <summary>Whether the weights that stay move to make up for what goes (Surgeon) or stay as they are (Damage).</summary>
    public bool Update { get; init; } = true;

    /// <summary>λ of A: λ·mean(diag A) is added to its diagonal.</summary>
    public double InputDamping { get; init; } = 0.01;

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

    /// <summary>Least share of a site's rows, and of its columns, that stays; at least one of each stays in any case.</summary>
    public double MinimumWidth { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>λ of G as it is used.</summary>
    internal double EffectiveOutputDamping => OutputDamping ?? (IsStructured ? 0.01 : 0.1);

    /// <summary>Whether whole rows and columns go.</summary>
    internal bool IsStructured => Structure is PruningStructure.Rows or PruningStructure.Columns or PruningStructure.RowsColumns;

    internal override JsonObject ToJson() => new() { ["sparsity"] = Sparsity };
}
