namespace Pare.Models;

/// <summary>What a model consists of: its parameters, its linear sites, which of them share an input, and which axes must change together.</summary>
/// <remarks>Stated once here; no method restates it.</remarks>
public sealed class ModelGraph
{
    private readonly Dictionary<ParameterId, Parameter> _byId;

    /// <summary>Builds the graph of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    public ModelGraph(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Parameters = new ParameterList(config).Build();
        _byId = Parameters.ToDictionary(parameter => parameter.Id);
        Sites = [.. Parameters.Where(parameter => parameter.Id.Role.IsSite() && !parameter.Id.IsBias).Select(Site)];
        TiedDimensions = TiedDimension.Build(this);
    }

    /// <summary>The configuration that this graph is of.</summary>
    public ModelConfig Config { get; }

    /// <summary>All parameters, in the order of the forward pass.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The linear sites of all blocks, in the order q, k, v, o, gate, up, down.</summary>
    public IReadOnlyList<LinearSite> Sites { get; }

    /// <summary>Sets of axes that can only be cut or permuted together.</summary>
    public IReadOnlyList<TiedDimension> TiedDimensions { get; }

    /// <summary>Number of elements of all parameters, a tied head not counted twice.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Count);

    /// <summary>Whether the model has a parameter.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>True where it has.</returns>
    public bool Contains(ParameterId id) => _byId.ContainsKey(id);

    /// <summary>A parameter of the model.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The model has none of that identity.</exception>
    public Parameter Get(ParameterId id) => _byId.TryGetValue(id, out var parameter)
        ? parameter : throw new ArgumentException($"the model has no {id}", nameof(id));

    /// <summary>The linear sites of a block.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <returns>Its sites.</returns>
    public IEnumerable<LinearSite> SitesOf(int layer) => Sites.Where(site => site.Layer == layer);

    /// <summary>The norm whose output is exactly what a site reads, so that a factor can move between them; null where there is none.</summary>
    /// <param name="site">The site.</param>
    /// <returns>Identity of the norm's weight, or null.</returns>
    public ParameterId? NormBefore(LinearSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        ParameterId? norm = site.Input switch
        {
            SiteInput.Attention => new ParameterId(ParameterRole.AttentionInputNorm, site.Layer),
            SiteInput.Ffn => new ParameterId(ParameterRole.FfnInputNorm, site.Layer),
            _ => null,
        };
        return norm is { } id && Contains(id) ? norm : null;
    }

    private LinearSite Site(Parameter weight)
    {
        var (role, layer, _) = weight.Id;
        return new LinearSite
        {
            Name = weight.Name.EndsWith(".weight", StringComparison.Ordinal) ? weight.Name[..^".weight".Length] : weight.Name,
            Layer = layer,
            Role = role,
            Rows = weight.Rows,
            Columns = weight.Columns,
            HasBias = Contains(new ParameterId(role, layer, IsBias: true)),
            Input = role switch
            {
                ParameterRole.Output => SiteInput.AttentionValues,
                ParameterRole.Gate or ParameterRole.Up => SiteInput.Ffn,
                ParameterRole.Down => SiteInput.Neurons,
                _ => SiteInput.Attention,
            },
        };
    }
}
