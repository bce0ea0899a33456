using System.Text.Json.Nodes;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>The model of a study, and what the study's candidates mean in it.</summary>
internal sealed class StudiedModel : IDisposable
{
    private readonly SearchSpace _space;

    private StudiedModel(Model model, ImportanceOrder order, SearchSpace space) => (Model, Order, _space) = (model, order, space);

    public Model Model { get; }

    public ImportanceOrder Order { get; }

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
            var order = SearchRun.Read(study.Note("order") ?? "null", model, study.Path);
            return new StudiedModel(model, order, study.Description.Space);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What a candidate of the study means.</summary>
    public (SubNetwork Shape, Func<ParameterId, Pare.Formats.ElementType?> Formats) Meaning(Candidate candidate)
    {
        var space = SubNetworkSpace.Of(Model.Config, _space, Order.Layers);
        return (space.ToSubNetwork(candidate), space.Formats(candidate));
    }

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
        var (shape, formats) = Meaning(candidate);
        SubNetworkModel.Write(Model, shape, Order, output, overwrite, pool, formats, cancellation);
    }

    /// <summary>Whether candidates have formats of their own.</summary>
    public bool HasFormats => _space.Dimensions.Any(dimension => dimension.Name.Split('.')[0] == "format");

    /// <summary>Writes a candidate's shape as a folder, without its formats; whatever model is there is replaced.</summary>
    public void WritePlain(Candidate candidate, string output, int threads, CancellationToken cancellation)
    {
        using var pool = new ComputePool(threads);
        SubNetworkModel.Write(Model, Meaning(candidate).Shape, Order, output, true, pool, null, cancellation);
    }

    public void Dispose() => Model.Dispose();
}
