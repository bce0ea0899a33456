using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The formats in which the changed parameters of a model are stored.</summary>
/// <param name="Of">Every changed parameter.</param>
/// <param name="Fallbacks">Those that do not fit the format that was asked for.</param>
internal sealed record ChosenFormats(IReadOnlyDictionary<ParameterId, ElementType> Of, IReadOnlyList<FormatFallback> Fallbacks)
{
    /// <summary>The last pass that changes a parameter decides; what it leaves open is BF16, and F32 for norms and biases.</summary>
    /// <param name="passes">The passes in order.</param>
    /// <param name="graph">The model, with the shapes that are stored: a pass over the whole model may have left rows of other lengths, which other formats fit.</param>
    /// <param name="edited">What a pass over the whole model made of it; null before that pass has run.</param>
    public static ChosenFormats Choose(IReadOnlyList<IPass> passes, ModelGraph graph, IEditedModel? edited = null)
    {
        var formats = new Dictionary<ParameterId, ElementType>();
        var fallbacks = new List<FormatFallback>();
        foreach (var parameter in graph.Parameters)
        {
            if (passes.LastOrDefault(pass => Changes(pass, edited).ContainsKey(parameter.Id)) is not { } last) continue;
            var wanted = Changes(last, edited)[parameter.Id] ?? (parameter.IsVector ? ElementType.F32 : ElementType.BF16);
            var format = WeightCodec.Fallback(wanted, parameter.Columns);
            if (format != wanted) fallbacks.Add(new FormatFallback(parameter.Name, wanted, format, parameter.Columns));
            formats.Add(parameter.Id, format);
        }

        return new ChosenFormats(formats, fallbacks);
    }

    /// <summary>What a pass changes: of a pass over the whole model only the intention is known before it has run.</summary>
    public static IReadOnlyDictionary<ParameterId, ElementType?> Changes(IPass pass, IEditedModel? edited) => edited is not null && pass is IModelPass ? edited.Changes : pass.Changes;
}
