using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;
using Pare.Tokenization;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare train</c>.</summary>
internal sealed class TrainRun : IDisposable
{
    private readonly TrainRequest _request;
    private readonly ResultWriter _results;
    private readonly Model? _source;
    private readonly ModelConfig _config;
    private readonly Tokenizer _tokenizer;
    private readonly string _from;
    private readonly string? _teacherPrint;

    private TrainRun(TrainRequest request, ResultWriter results)
    {
        (_request, _results) = (request, results);
        // Now: what is written may replace one of them.
        _from = ModelFingerprint.Of(request.Path) ?? throw new ModelFormatException(request.Path, "", "there is no such model");
        _teacherPrint = request.Teacher is null ? null : ModelFingerprint.Of(request.Teacher);
        if (request.IsFromScratch)
        {
            _config = ModelFolder.ReadConfig(request.Path);
            _tokenizer = TokenizerLoader.Load(request.Path);
        }
        else
        {
            _source = Model.Open(request.Path);
            _config = _source.Config;
            _tokenizer = _source.Tokenizer;
        }
    }

    public static int Run(TrainRequest request, ResultWriter results)
    {
        OutputPath.Check(request.Output, request.Force);
        TrainedModelWriter.Check(request.Output, request.Force);
        if (request.Report is not null) ReportFile.Check(request.Report);
        request.Check();
        using var run = new TrainRun(request, results);
        if (!request.IsPlan) return run.Train();
        PlanText.Show(TrainPlan.Of(request, run._config, run._tokenizer, run._source), results);
        return Program.Done;
    }

    public void Dispose() => _source?.Dispose();

    private int Train()
    {
        var window = _request.WindowOf(_config);
        if (_config.Position == PositionKind.Learned && window > _config.MaxPositionEmbeddings)
            throw new UsageException($"--window {window}: the model has learned {_config.MaxPositionEmbeddings} positions, no more");
        using var teacher = OpenTeacher();
        if (_source is null) _results.Note($"training from scratch: {_request.Path} holds no weights");
        var data = Tokenize("tokenize", _request.Data, window);
        var validation = _request.Validation.Count == 0 ? null : Tokenize("tokenize validation", _request.Validation, window);
        var options = _request.Trainer(_request.StepsOf(data.WindowCount));
        using var model = _source is null ? TrainableModel.Initialize(_config, _request.Seed) : TrainableModel.From(_source, _request.Trainable());
        using var engine = new GradientEngine(model, new GradientOptions { Threads = _request.Threads, ActivationBytes = _request.ActivationBytes });
        var result = _results.Progress("train", line => RunSteps(engine, data, validation, options, teacher?.Teacher, line));
        if (!result.IsComplete)
        {
            if (result.Steps > 0)
            {
                TrainingLog.Write(Log, result.History);
                _results.Note($"stopped after step {result.Steps} of {options.Schedule.Steps}; the same command with --resume goes on from there");
            }

            throw new OperationCanceledException();
        }

        Finish(engine, model, data, validation, options, result);
        return Program.Done;
    }

    private string Log => Path.Combine(_request.TrainingFolder, TrainingLog.FileName);

    private TokenDataset Tokenize(string title, IReadOnlyList<string> files, int window) => _results.Progress(title, line =>
        TokenDataset.Load(files, _tokenizer, window, _config.VocabularySize, new TrainingTextOptions { PlainText = _request.Documents }, new BytesProgress(line), _results.Terminal.Cancellation));

    private TrainingResult RunSteps(GradientEngine engine, TokenDataset data, TokenDataset? validation, TrainerOptions options, ITeacher? teacher, IProgressLine line)
    {
        var start = $"{_from} teacher {_teacherPrint} lora {_request.LoraRank} {_request.LoraAlpha} {string.Join(',', _request.LoraSites)}";
        double? validationLoss = null;
        return new Trainer(engine, data, validation, options, teacher).Run(_request.TrainingFolder, start, _request.IsResumed, Report, _results.Terminal.Cancellation);

        void Report(TrainingStep step)
        {
            validationLoss = step.ValidationLoss ?? validationLoss;
            Watch(step);
            var measured = validationLoss is { } loss ? $", validation perplexity {Quantity.Number(Math.Exp(loss), 4)}" : "";
            line.Report("", step.Step, options.Schedule.Steps, $"{(step.Loss is { } now ? $"loss {Quantity.Fixed(now, 3)}" : "nothing to predict")}{measured}, {Quantity.Number(step.TokensPerSecond, 3)} tokens/s");
        }
    }

    // For those who watch; what is written at the end holds every step exactly once.
    private void Watch(TrainingStep step)
    {
        try
        {
            Directory.CreateDirectory(_request.TrainingFolder);
            File.AppendAllText(Log, TrainingLog.Line(step) + "\n");
        }
        catch (IOException exception)
        {
            _results.Note($"the log {Log} cannot be written: {exception.Message}");
        }
    }

    private void Finish(GradientEngine engine, TrainableModel model, TokenDataset data, TokenDataset? validation, TrainerOptions options, TrainingResult result)
    {
        var provenance = new JsonObject { ["training"] = Describe(data, validation, options, result) };
        TrainedModelWriter.Write(model, _source, _source is null ? _request.Path : null, _request.Output, _request.Force, _request.Format, provenance, result.History, engine.Pool, _results.Terminal.Cancellation);
        File.Delete(Log);
        Trainer.RemoveCheckpoints(_request.TrainingFolder);
        if (!_results.IsJson)
        {
            var last = result.History[^1];
            _results.Line($"{result.Steps} steps, {result.Tokens} tokens in {Quantity.Seconds(result.Seconds)}; last loss {(last.Loss is { } now ? Quantity.Fixed(now, 4) : "not measured")}");
            if (result.ValidationLoss is { } loss) _results.Line($"validation perplexity {Quantity.Number(Math.Exp(loss), 5)} (loss {Quantity.Fixed(loss, 4)})");
            _results.Line($"wrote {_request.Output}");
        }

        if (_request.Report is { } file) ReportFile.Save(TrainingPage.Create(_request.Path, _request.Output, result), file, _results);
        if (!_results.IsJson) return;
        var json = Describe(data, validation, options, result);
        json["path"] = _request.Output;
        _results.Json(json);
    }

    // No times and no places: the same work gives the same bytes.
    private JsonObject Describe(TokenDataset data, TokenDataset? validation, TrainerOptions options, TrainingResult result)
    {
        var json = new JsonObject
        {
            ["from"] = _source is null ? "scratch" : _from,
            ["data"] = data.Fingerprint,
            ["window"] = data.Window,
            ["batchSize"] = options.BatchSize,
            ["accumulation"] = options.Accumulation,
            ["steps"] = result.Steps,
            ["tokens"] = result.Tokens,
            ["learningRate"] = options.Schedule.Peak,
            ["warmup"] = options.Schedule.WarmupSteps,
            ["decay"] = options.Schedule.Decay.ToString(),
            ["finalShare"] = options.Schedule.FinalShare,
            ["optimizer"] = options.Optimizer.ToString(),
            ["weightDecay"] = options.AdamW.WeightDecay,
            ["beta2"] = options.AdamW.Beta2,
            ["clipNorm"] = options.AdamW.ClipNorm,
            ["seed"] = options.Seed,
        };
        if (result.History[^1].Loss is { } last) json["loss"] = last;
        if (_request.Trainable().Lora is { } lora)
        {
            json["loraRank"] = lora.Rank;
            json["loraAlpha"] = lora.Alpha;
            json["loraSites"] = string.Join(',', lora.Roles);
        }

        if (_teacherPrint is not null)
        {
            json["teacher"] = _teacherPrint;
            json["distillation"] = options.Loss.Distillation.ToString();
            json["distillationWeight"] = options.Loss.DistillationWeight;
            json["distillationTemperature"] = options.Loss.Temperature;
        }

        if (validation is not null) json["validation"] = validation.Fingerprint;
        if (result.ValidationLoss is { } loss)
        {
            json["validationLoss"] = loss;
            json["validationPerplexity"] = Math.Exp(loss);
        }

        return json;
    }

    private OpenedTeacher? OpenTeacher()
    {
        if (_request.Teacher is not { } path) return null;
        var opened = new OpenedTeacher(path, _request.Threads);
        var other = Enumerable.Range(0, Math.Min(_config.VocabularySize, opened.Model.Config.VocabularySize))
            .FirstOrDefault(id => _tokenizer.TokenText(id) != opened.Model.Tokenizer.TokenText(id), -1);
        if (opened.Model.Config.VocabularySize == _config.VocabularySize && other < 0) return opened;
        var found = opened.Model.Config.VocabularySize;
        opened.Dispose();
        throw new UsageException(other < 0
            ? $"--teacher {path}: its vocabulary has {found} tokens and the student's {_config.VocabularySize}; a teacher needs the same tokenizer"
            : $"--teacher {path}: token {other} is another one than the student's; a teacher needs the same tokenizer");
    }

    private sealed class OpenedTeacher : IDisposable
    {
        private readonly InferenceEngine _engine;

        public OpenedTeacher(string path, int threads)
        {
            Model = Model.Open(path);
            try
            {
                _engine = new InferenceEngine(Model, new EngineOptions { Threads = threads });
            }
            catch
            {
                Model.Dispose();
                throw;
            }

            Teacher = new EngineTeacher(_engine);
        }

        public Model Model { get; }

        public EngineTeacher Teacher { get; }

        public void Dispose()
        {
            Teacher.Dispose();
            _engine.Dispose();
            Model.Dispose();
        }
    }

    private sealed class BytesProgress(IProgressLine line) : IProgress<TokenizingProgress>
    {
        public void Report(TokenizingProgress value) => line.Report("", value.Done, value.Total, $"{value.Tokens} tokens");
    }
}
