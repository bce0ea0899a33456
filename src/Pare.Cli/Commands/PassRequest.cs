using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Reports;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>How the patterns and thresholds of a search are found.</summary>
internal sealed record PassRequest
{
    private const string NormsNote = "norms";
    private const string ThresholdsNote = "thresholds";

    /// <summary>wanda or magnitude.</summary>
    public required string PatternScores { get; init; }

    public required ThresholdRule Rule { get; init; }

    /// <summary>Whether a space needs a calibration text for them.</summary>
    public bool NeedsText(SubNetworkSpaceOptions space) => NeedsNorms(space) || HasThresholds(space);

    /// <summary>Adds to a study's subject what candidates depend on.</summary>
    public void Describe(JsonObject subject, SubNetworkSpaceOptions space)
    {
        if (space.Patterns.Count > 0) subject["patternScores"] = PatternScores;
        if (space.Thresholds.Count > 0) subject["thresholdRule"] = Rule.ToString();
    }

    /// <summary>Finds norms and thresholds, or takes those that the study keeps.</summary>
    public CandidateTreatments Prepare(Study study, Model model, SubNetworkSpace space, SubNetworkSpaceOptions options, ImportanceOrder order, TokenWindows? calibration, int threads, ResultWriter results)
    {
        var isKnown = (!NeedsNorms(options) || study.Note(NormsNote) is not null) && (!HasThresholds(options) || study.Note(ThresholdsNote) is not null);
        if (NeedsText(options) && !isKnown)
        {
            var (norms, thresholds) = results.Progress("calibration", line => PassCalibration.Run(model, order, calibration!, NeedsNorms(options), HasThresholds(options) ? Rule : null, space.ValuesOf("threshold"), options.FfnSizes, threads,
                done => line.Report("calibration", done, model.Config.Layers.Count), results.Terminal.Cancellation));
            if (norms is not null) study.KeepNote(NormsNote, norms.ToText());
            if (thresholds is not null) study.KeepNote(ThresholdsNote, thresholds.ToJson().ToJsonString());
        }

        return Of(study, model, space, order);
    }

    /// <summary>What the candidates of a study do.</summary>
    /// <exception cref="StudyException">What the study keeps is damaged.</exception>
    public static CandidateTreatments Of(Study study, Model model, SubNetworkSpace space, ImportanceOrder order)
    {
        try
        {
            return new CandidateTreatments(space, model.Config, order,
                study.Note(NormsNote) is { } norms ? InputNorms.FromText(norms, model.Config) : null,
                study.Note(ThresholdsNote) is { } thresholds ? ThresholdTable.FromJson(JsonNode.Parse(thresholds)!) : null);
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException)
        {
            throw new StudyException($"the study {study.Path} is damaged: {e.Message}", e);
        }
    }

    private static bool HasThresholds(SubNetworkSpaceOptions space) => space.Thresholds.Any(level => level > 0);

    private bool NeedsNorms(SubNetworkSpaceOptions space) => PatternScores == "wanda" && space.Patterns.Any(pattern => pattern != SubNetworkSpace.Dense);
}
