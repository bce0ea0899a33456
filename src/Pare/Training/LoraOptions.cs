using Pare.Models;

namespace Pare.Training;

/// <summary>Which sites get a low-rank correction, and how large it is (LoRA; Hu et al. 2021, arXiv 2106.09685).</summary>
public sealed record LoraOptions
{
    /// <summary>Rank r of each correction, at least 1.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>α: the correction is multiplied by α / r.</summary>
    public float Alpha { get; init; } = 32;

    /// <summary>Roles of the sites that are corrected; all seven by default.</summary>
    public IReadOnlyList<ParameterRole> Roles { get; init; } =
        [ParameterRole.Query, ParameterRole.Key, ParameterRole.Value, ParameterRole.Output, ParameterRole.Gate, ParameterRole.Up, ParameterRole.Down];

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rank, 1, nameof(Rank));
        if (!float.IsFinite(Alpha) || Alpha <= 0) throw new ArgumentException($"LoRA's alpha is {Alpha}; expected a number above 0");
        if (Roles.Count == 0 || Roles.Any(role => !role.IsSite()))
            throw new ArgumentException("LoRA needs at least one role among query, key, value, output, gate, up and down");
    }
}
