using System.Globalization;

namespace Pare.Search;

/// <summary>One free choice of a search space. Its gene is a number: the value itself (real) or the index of the value (ordered, categorical).</summary>
public sealed record SearchDimension
{
    private SearchDimension(string name, DimensionType type, IReadOnlyList<string> values, double low, double high)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Type, Values, Low, High) = (name, type, values, low, high);
    }

    /// <summary>Name, unique in its space.</summary>
    public string Name { get; }

    /// <summary>What its values are.</summary>
    public DimensionType Type { get; }

    /// <summary>The values of an ordered or categorical dimension; empty for a real one.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Least gene.</summary>
    public double Low { get; }

    /// <summary>Largest gene.</summary>
    public double High { get; }

    /// <summary>When the dimension matters; null: always. Where it does not, its gene is <see cref="Low"/>, so that equal candidates are written alike.</summary>
    public DimensionCondition? Condition { get; init; }

    /// <summary>Whether the gene is an index into <see cref="Values"/>.</summary>
    public bool IsDiscrete => Type != DimensionType.Real;

    /// <summary>A dimension of any number in [low, high].</summary>
    /// <param name="name">Its name.</param>
    /// <param name="low">Lower bound, finite.</param>
    /// <param name="high">Upper bound, above <paramref name="low"/>.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentException">The bounds are not finite or not in order.</exception>
    public static SearchDimension Real(string name, double low, double high)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || low >= high)
            throw new ArgumentException($"dimension {name}: the bounds {low} and {high} are not finite and increasing");
        return new SearchDimension(name, DimensionType.Real, [], low, high);
    }

    /// <summary>A dimension of values in a meaningful order.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">At least one value, all different, in order.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentException">No value, or one twice.</exception>
    public static SearchDimension Ordered(string name, params IReadOnlyList<string> values) => Discrete(name, DimensionType.Ordered, values);

    /// <summary>A dimension of whole numbers in increasing order.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">At least one number, increasing.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentException">No number, or not increasing.</exception>
    public static SearchDimension Ordered(string name, IEnumerable<int> values)
    {
        var numbers = values.ToArray();
        for (var i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] <= numbers[i - 1]) throw new ArgumentException($"dimension {name}: {numbers[i]} follows {numbers[i - 1]}; list the values in increasing order");
        }

        return Discrete(name, DimensionType.Ordered, [.. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>A dimension of values without order.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">At least one value, all different.</param>
    /// <returns>The dimension.</returns>
    /// <exception cref="ArgumentException">No value, or one twice.</exception>
    public static SearchDimension Categorical(string name, params IReadOnlyList<string> values) => Discrete(name, DimensionType.Categorical, values);

    private static SearchDimension Discrete(string name, DimensionType type, IReadOnlyList<string> values)
    {
        if (values.Count == 0) throw new ArgumentException($"dimension {name} has no values; give at least one");
        if (values.Distinct(StringComparer.Ordinal).Count() != values.Count) throw new ArgumentException($"dimension {name} lists a value twice; leave one out");
        return new SearchDimension(name, type, [.. values], 0, values.Count - 1);
    }
}
