using Pare.Models;

namespace Pare.Calibration;

/// <summary>Names one factor: of which site (or of which of the sites that share it), on which side, and of which term.</summary>
/// <param name="Layer">Block.</param>
/// <param name="Role">The site's role; for a shared input the first role that reads it.</param>
/// <param name="IsInput">Whether it is A (inputs) rather than G (outputs).</param>
/// <param name="Term">Term of the sum, from 0.</param>
internal readonly record struct FactorKey(int Layer, ParameterRole Role, bool IsInput, int Term)
{
    /// <summary>Key of a site's A.</summary>
    public static FactorKey Input(LinearSite site, bool shared, int term = 0) => new(site.Layer, shared ? Owner(site.Input) : site.Role, true, term);

    /// <summary>Key of a site's G.</summary>
    public static FactorKey Output(LinearSite site, int term = 0) => new(site.Layer, site.Role, false, term);

    /// <summary>Rows of a site's A: its columns, and one more for the constant that its bias is the weight of.</summary>
    public static int InputSize(LinearSite site) => site.Columns + (site.HasBias ? 1 : 0);

    // The role that every model has among those that read the same.
    private static ParameterRole Owner(SiteInput input) => input switch
    {
        SiteInput.Attention => ParameterRole.Query,
        SiteInput.AttentionValues => ParameterRole.Output,
        SiteInput.Ffn => ParameterRole.Up,
        _ => ParameterRole.Down,
    };
}
