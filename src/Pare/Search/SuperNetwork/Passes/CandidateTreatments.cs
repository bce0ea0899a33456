using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Training;

namespace Pare.Search;

/// <summary>What the candidates of a space do to a model beside cutting it: formats, N:M patterns and activation thresholds.</summary>
/// <remarks>
/// A pattern keeps, of every M consecutive inputs of a row, the N weights of largest |w| · ‖x‖ (Wanda), the norms being the whole model's; without norms by magnitude.
/// A site with a pattern whose format is Q8_0 is stored N:M-int8, one in Q4_0 N:M-int4; of other formats the zeros take room.
/// </remarks>
/// <param name="space">The space.</param>
/// <param name="config">The whole model.</param>
/// <param name="order">Which parts are kept first.</param>
/// <param name="norms">Norms of inputs; null scores patterns by magnitude.</param>
/// <param name="thresholds">Thresholds; null where the space has none.</param>
public sealed class CandidateTreatments(SubNetworkSpace space, ModelConfig config, ImportanceOrder order, InputNorms? norms, ThresholdTable? thresholds)
{
    /// <summary>What a candidate does.</summary>
    /// <param name="candidate">A candidate of the space.</param>
    /// <returns>The treatment.</returns>
    public SubNetworkTreatment Of(Candidate candidate) => Of(candidate, space.Formats(candidate), null);

    /// <summary>The same for the candidate's shape that was written, and trained, already.</summary>
    /// <param name="candidate">A candidate of the space.</param>
    /// <param name="format">A format for all sites instead of the candidate's; null leaves those.</param>
    /// <returns>The treatment.</returns>
    public SubNetworkTreatment OfWritten(Candidate candidate, ElementType? format = null)
    {
        Func<ParameterId, ElementType?> formats = format is null ? space.Formats(candidate) : id => IsSite(id) ? format : null;
        return Of(candidate, formats, new SubNetworkSelection(config, space.ToSubNetwork(candidate), order));
    }

    private SubNetworkTreatment Of(Candidate candidate, Func<ParameterId, ElementType?> formats, SubNetworkSelection? written)
    {
        var (shape, patterns) = (space.ToSubNetwork(candidate), space.Patterns(candidate));
        var levels = space.ThresholdLevels(candidate);
        var (graph, whole) = (new ModelGraph(shape.ToConfig(config)), new ModelGraph(config));
        return new SubNetworkTreatment
        {
            Format = id => formats(id) is not { } format ? null : IsSite(id) && patterns(id.Layer) is { } pattern ? Sparse(format, pattern) : format,
            Thresholds = thresholds?.Of(graph.Config, shape, levels),
            Name = layer => $"{formats(new ParameterId(ParameterRole.Up, layer))?.Name()} {patterns(layer)}",
            Zeros = layer => thresholds is not null && levels(layer) is { } level ? ThresholdTable.Share(level) : 0,
            Edit = (id, columns, source) =>
            {
                if (!IsSite(id) || patterns(id.Layer) is not { } pattern) return source;
                if (written is not null) columns = written.Indices(id, whole.Get(written.SourceOf(id))).Columns;
                var input = graph.Sites.First(site => site.Weight == id).Input;
                var of = norms?.Of(shape.Layers[id.Layer].Source, input);
                return new PrunedWeight(source, pattern.Kept, pattern.Block, of is null ? null : [.. columns.Select(column => of[column])]);
            },
        };
    }

    private static bool IsSite(ParameterId id) => id.Layer >= 0 && id.Role.IsSite() && !id.IsBias;

    private static ElementType Sparse(ElementType format, (int Kept, int Block) pattern) => format switch
    {
        ElementType.Q8_0 => new SparseFormat(pattern.Block, new SparsePart(pattern.Kept, NumberFormat.Int8)).Type,
        ElementType.Q4_0 => new SparseFormat(pattern.Block, new SparsePart(pattern.Kept, NumberFormat.Int4)).Type,
        _ => format,
    };
}
