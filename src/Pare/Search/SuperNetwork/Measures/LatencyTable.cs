using System.Globalization;

namespace Pare.Search;

/// <summary>Measured times of parts of models, kept with a study: whichever process needs a part first measures it, and all others, now and later, take its figure.</summary>
/// <param name="study">The study.</param>
public sealed class LatencyTable(Study study)
{
    private readonly Dictionary<string, double> _known = [];

    /// <summary>The time of a part.</summary>
    /// <param name="part">Name of the part: its shape and formats.</param>
    /// <param name="measure">Measures it, in milliseconds; called where the study has no figure.</param>
    /// <returns>Milliseconds.</returns>
    /// <exception cref="StudyException">The study's figure is damaged.</exception>
    public double Get(string part, Func<double> measure)
    {
        ArgumentException.ThrowIfNullOrEmpty(part);
        ArgumentNullException.ThrowIfNull(measure);
        if (_known.TryGetValue(part, out var known)) return known;
        var note = "latency " + part;
        var text = study.Note(note) ?? study.KeepNote(note, measure().ToString("R", CultureInfo.InvariantCulture));
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) || !(milliseconds >= 0))
            throw new StudyException($"the study {study.Path} has the time '{text}' for {part}; it is damaged");
        return _known[part] = milliseconds;
    }
}
