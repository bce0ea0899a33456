namespace Pare.Models;

/// <summary>Kinds of <see cref="ParameterRole"/>s.</summary>
public static class ParameterRoles
{
    /// <summary>Whether the role is a norm's weight.</summary>
    /// <param name="role">The role.</param>
    /// <returns>True for all norms.</returns>
    public static bool IsNorm(this ParameterRole role) => role is ParameterRole.AttentionInputNorm or ParameterRole.QueryNorm or ParameterRole.KeyNorm
        or ParameterRole.AttentionOutputNorm or ParameterRole.AttentionResidualNorm or ParameterRole.FfnInputNorm
        or ParameterRole.FfnOutputNorm or ParameterRole.FfnResidualNorm or ParameterRole.FinalNorm;

    /// <summary>Whether the role is one of a block's linear maps.</summary>
    /// <param name="role">The role.</param>
    /// <returns>True for query, key, value, output, gate, up and down.</returns>
    public static bool IsSite(this ParameterRole role) => role is ParameterRole.Query or ParameterRole.Key or ParameterRole.Value
        or ParameterRole.Output or ParameterRole.Gate or ParameterRole.Up or ParameterRole.Down;
}
