namespace Pare.Search;

/// <summary>Searchers by name.</summary>
public static class SearcherNames
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> All { get; } = ["linas", "nsga2", "unsga3", "random", "evolution", "local", "bayesian"];

    /// <summary>Makes a searcher.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <param name="space">Where to search.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="objectives">Number of objectives, at least 1.</param>
    /// <param name="population">Candidates that are measured before the searcher learns of them, or that live at a time, at least 4.</param>
    /// <param name="initial">Candidates to begin with.</param>
    /// <param name="known">Objectives with a formula, by index; only LINAS makes use of them.</param>
    /// <returns>The searcher.</returns>
    /// <exception cref="ArgumentException">There is no such searcher.</exception>
    public static ISearcher Create(
        string name, SearchSpace space, ulong seed, int objectives, int population, IReadOnlyList<Candidate> initial, IReadOnlyDictionary<int, Func<Candidate, double>>? known = null)
    {
        ArgumentNullException.ThrowIfNull(initial);
        return name switch
        {
            "linas" => new Linas(space, seed, new LinasOptions { Population = population, Initial = initial, Known = known ?? new Dictionary<int, Func<Candidate, double>>() }),
            "nsga2" => new Nsga2(space, seed, new Nsga2Options { Population = population, Initial = initial }),
            "unsga3" => new UNsga3(space, seed, new UNsga3Options { Directions = ReferenceDirections.RieszEnergy(Math.Max(2, objectives), Math.Max(population, objectives)), Population = population, Initial = initial }),
            "random" => new RandomSearch(space, seed, population),
            "evolution" => new RegularizedEvolution(space, seed),
            "local" => new LocalSearch(space, seed, first: initial.Count > 0 ? initial[0] : null),
            "bayesian" => new BayesianSearch(space, seed),
            _ => throw new ArgumentException($"there is no searcher {name}; expected {string.Join(", ", All)}", nameof(name)),
        };
    }
}
