using System.Text.Json.Nodes;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>The model of a study, and what the study's candidates mean in it.</summary>
internal sealed class StudiedModel : IDisposable
{
    private readonly SubNetworkSpace _space;
    private readonly CandidateTreatments _treatments;

    private StudiedModel(Model model, ImportanceOrder order, Study study)
    {
        (Model, Order) = (model, order);
        _space = SubNetworkSpace.Of(model.Config, study.Description.Space, order.Layers);
        _treatments = PassRequest.Of(study, model, _space, order);
    }

    public Model Model { get; }

    public ImportanceOrder Order { get; }

    /// <summary>Whether candidates are more than shapes.</summary>
    public bool HasTreatments => _space.Space.Dimensions.Any(dimension => dimension.Name.Split('.')[0] is "format" or "pattern" or "threshold");

    /// <summary>Opens the model.</summary>
    /// <exception cref="StudyException">The study was made by something else than <c>pare search</c>, or the model is another one by now.</exception>
    public static StudiedModel Open(Study study, string? path)
    {
        path ??= study.Note("model") ?? throw new StudyException($"the study {study.Path} does not say of which model it is; give --model");
        var model = Model.Open(path);
        try
        {
            if (study.Description.Subject["model"] is JsonValue fingerprint && fingerprint.GetValue<string>() != ModelFingerprint.Of(path))
                throw new StudyException($"the study {study.Path} is not of {path} as it is now; give --model with the model that was searched");
            return new StudiedModel(model, SearchRun.Read(study.Note("order") ?? "null", model, study.Path), study);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What a candidate of the study means.</summary>
    public (SubNetwork Shape, SubNetworkTreatment Treatment) Meaning(Candidate candidate) => (_space.ToSubNetwork(candidate), _treatments.Of(candidate));

    /// <summary>What is done to a candidate's shape that was written already.</summary>
    public SubNetworkTreatment TreatmentOfWritten(Candidate candidate, ElementType? format = null) => _treatments.OfWritten(candidate, format);

    /// <summary>Windows of another text like those of the search.</summary>
    public TokenWindows Windows(Study study, string text)
    {
        var subject = study.Description.Subject;
        return TokenWindows.FromText(Model.Tokenizer, text, TextProtocol.Plain, subject["window"]!.GetValue<int>(), subject["windows"]!.GetValue<int>());
    }

    /// <summary>Writes a candidate as a folder.</summary>
    public void Write(Candidate candidate, string output, bool overwrite, int threads, CancellationToken cancellation)
    {
        using var pool = new ComputePool(threads);
        var (shape, treatment) = Meaning(candidate);
        SubNetworkModel.Write(Model, shape, Order, output, overwrite, pool, treatment, cancellation);
    }

    /// <summary>Writes a candidate's shape alone as a folder; whatever model is there is replaced.</summary>
    public void WritePlain(Candidate candidate, string output, int threads, CancellationToken cancellation)
    {
        using var pool = new ComputePool(threads);
        SubNetworkModel.Write(Model, Meaning(candidate).Shape, Order, output, true, pool, null, cancellation);
    }

    public void Dispose() => Model.Dispose();
}
