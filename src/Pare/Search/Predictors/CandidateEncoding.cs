namespace Pare.Search;

/// <summary>Candidates as vectors of numbers, for predictors. What does not matter in a candidate is zero throughout.</summary>
internal sealed class CandidateEncoding
{
    private readonly SearchSpace _space;
    private readonly bool _oneHot;
    private readonly int[] _offsets;

    /// <summary>Prepares an encoding.</summary>
    /// <param name="space">The space.</param>
    /// <param name="oneHot">Whether ordered dimensions have a number for each value (as LINAS has it) rather than one number between 0 and 1.</param>
    public CandidateEncoding(SearchSpace space, bool oneHot)
    {
        (_space, _oneHot) = (space, oneHot);
        _offsets = new int[space.Dimensions.Count];
        for (var i = 0; i < _offsets.Length; i++)
        {
            _offsets[i] = Length;
            Length += IsSpread(i) ? space.Dimensions[i].Values.Count : 1;
        }
    }

    /// <summary>Numbers a candidate.</summary>
    public int Length { get; }

    /// <summary>The vector of a candidate.</summary>
    public double[] Encode(Candidate candidate)
    {
        var vector = new double[Length];
        for (var i = 0; i < _offsets.Length; i++)
        {
            if (!_space.IsActive(candidate, i)) continue;
            var dimension = _space.Dimensions[i];
            if (IsSpread(i)) vector[_offsets[i] + candidate.IndexAt(i)] = 1;
            else if (dimension.High > dimension.Low) vector[_offsets[i]] = (candidate.Genes[i] - dimension.Low) / (dimension.High - dimension.Low);
        }

        return vector;
    }

    private bool IsSpread(int dimension) => _space.Dimensions[dimension].Type == DimensionType.Categorical || (_oneHot && _space.Dimensions[dimension].Type == DimensionType.Ordered);
}
