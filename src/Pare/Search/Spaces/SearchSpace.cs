using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Numerics;

namespace Pare.Search;

/// <summary>The dimensions that a search may choose from, and the canonical form of what it chooses.</summary>
public sealed class SearchSpace
{
    private readonly (int Dimension, int Minimum)[] _conditions;

    /// <summary>Makes a space.</summary>
    /// <param name="dimensions">Its dimensions; a condition names an ordered dimension that comes before.</param>
    /// <exception cref="ArgumentException">No dimension, a name twice, or a condition that names none before it.</exception>
    public SearchSpace(IEnumerable<SearchDimension> dimensions)
    {
        Dimensions = [.. dimensions];
        if (Dimensions.Count == 0) throw new ArgumentException("a search space needs at least one dimension", nameof(dimensions));
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        _conditions = new (int, int)[Dimensions.Count];
        for (var i = 0; i < Dimensions.Count; i++)
        {
            _conditions[i] = (-1, 0);
            if (Dimensions[i].Condition is { } condition)
            {
                if (!indices.TryGetValue(condition.Dimension, out var parent) || Dimensions[parent].Type != DimensionType.Ordered)
                    throw new ArgumentException($"dimension {Dimensions[i].Name} depends on {condition.Dimension}, which is no ordered dimension before it", nameof(dimensions));
                _conditions[i] = (parent, condition.MinimumIndex);
            }

            if (!indices.TryAdd(Dimensions[i].Name, i)) throw new ArgumentException($"two dimensions are named {Dimensions[i].Name}; rename one", nameof(dimensions));
        }
    }

    /// <summary>The dimensions, in the order of the genes.</summary>
    public IReadOnlyList<SearchDimension> Dimensions { get; }

    /// <summary>Number of candidates before conditions make some equal; infinite with a real dimension.</summary>
    public double Size => Dimensions.Aggregate(1.0, (size, dimension) => size * (dimension.IsDiscrete ? dimension.Values.Count : double.PositiveInfinity));

    /// <summary>The candidate nearest to genes: inside the bounds, whole where discrete, and <see cref="SearchDimension.Low"/> where a dimension does not matter.</summary>
    /// <param name="genes">One number a dimension.</param>
    /// <returns>The candidate.</returns>
    /// <exception cref="ArgumentException">The count is wrong or a gene is not a number.</exception>
    public Candidate Create(ReadOnlySpan<double> genes)
    {
        if (genes.Length != Dimensions.Count) throw new ArgumentException($"{genes.Length} genes for {Dimensions.Count} dimensions", nameof(genes));
        var repaired = new double[genes.Length];
        for (var i = 0; i < repaired.Length; i++)
        {
            var dimension = Dimensions[i];
            if (double.IsNaN(genes[i])) throw new ArgumentException($"the gene of {dimension.Name} is not a number", nameof(genes));
            var gene = dimension.IsDiscrete ? Math.Floor(genes[i] + 0.5) : genes[i];
            // Adding zero turns −0 into 0, which would otherwise be written differently.
            repaired[i] = (IsActive(repaired, i) ? Math.Clamp(gene, dimension.Low, dimension.High) : dimension.Low) + 0.0;
        }

        return new Candidate(repaired);
    }

    /// <summary>A candidate drawn uniformly, dimension by dimension.</summary>
    /// <param name="random">Source of randomness.</param>
    /// <returns>The candidate.</returns>
    public Candidate Sample(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var genes = new double[Dimensions.Count];
        for (var i = 0; i < genes.Length; i++)
        {
            var dimension = Dimensions[i];
            genes[i] = dimension.IsDiscrete ? random.NextInt(dimension.Values.Count) : dimension.Low + random.NextDouble() * (dimension.High - dimension.Low);
        }

        return Create(genes);
    }

    /// <summary>Whether a dimension matters for a candidate.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="dimension">Index of the dimension.</param>
    /// <returns>False where its condition is not met.</returns>
    public bool IsActive(Candidate candidate, int dimension)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return IsActive(candidate.Genes, dimension);
    }

    /// <summary>Value of a discrete dimension.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="dimension">Index of the dimension.</param>
    /// <returns>One of its values.</returns>
    public string ValueAt(Candidate candidate, int dimension)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return Dimensions[dimension].Values[candidate.IndexAt(dimension)];
    }

    /// <summary>Value of any dimension as text.</summary>
    internal string TextAt(Candidate candidate, int dimension) => Dimensions[dimension].IsDiscrete ? ValueAt(candidate, dimension) : candidate.Genes[dimension].ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The canonical text: a JSON object from dimension to value, of the dimensions that matter. Equal candidates have equal texts.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <returns>JSON on one line.</returns>
    public string Format(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var json = new JsonObject();
        for (var i = 0; i < Dimensions.Count; i++)
        {
            if (!IsActive(candidate, i)) continue;
            json[Dimensions[i].Name] = TextAt(candidate, i);
        }

        return json.ToJsonString();
    }

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The candidate.</returns>
    /// <exception cref="FormatException">The text is of another space, or damaged.</exception>
    public Candidate Parse(string text)
    {
        JsonObject? json;
        try
        {
            json = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException e)
        {
            throw new FormatException($"the candidate '{text}' is no JSON", e);
        }

        var genes = new double[Dimensions.Count];
        for (var i = 0; i < genes.Length; i++)
        {
            var dimension = Dimensions[i];
            genes[i] = dimension.Low;
            if (json is null || !json.TryGetPropertyValue(dimension.Name, out var node)) continue;
            var value = node is JsonValue scalar && scalar.TryGetValue<string>(out var held) ? held : null;
            genes[i] = dimension.IsDiscrete ? dimension.Values.ToList().IndexOf(value ?? "")
                : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
            if (!(genes[i] >= dimension.Low && genes[i] <= dimension.High)) throw new FormatException($"the candidate '{text}' has a value of {dimension.Name} that this space does not offer");
        }

        var candidate = Create(genes);
        return Format(candidate) == text ? candidate : throw new FormatException($"the candidate '{text}' is not of this space; its study was made with other dimensions");
    }

    private bool IsActive(ReadOnlySpan<double> genes, int dimension)
    {
        var (parent, minimum) = _conditions[dimension];
        return parent < 0 || (genes[parent] >= minimum && IsActive(genes, parent));
    }
}
