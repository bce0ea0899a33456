using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;
using Pare.Tokenization;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare train</c>.</summary>
internal sealed class TrainRun : IDisposable
{
    private const string LogName = "training.jsonl";

    private readonly TrainRequest _request;
    private readonly ResultWriter _results;
    private readonly Model? _source;
    private readonly ModelConfig _config;
    private readonly Tokenizer _tokenizer;

    private TrainRun(TrainRequest request, ResultWriter results)
    {
        (_request, _results) = (request, results);
        if (request.IsFromScratch)
        {
            if (request.LoraRank is not null) throw new UsageException($"--lora corrects the weights of a model, and {request.Path} has none yet; train it in full first");
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
        if (request.Report is not null) ReportFile.Check(request.Report);
        if (request.LoraAlpha is not null && request.LoraRank is null) throw new UsageException("--lora-alpha goes with --lora");
        foreach (var file in request.Data.Concat(request.Validation))
            if (!File.Exists(file)) throw new FileNotFoundException($"{file}: there is no such text file");
        using var run = new TrainRun(request, results);
        if (!request.IsPlan) return run.Train();
        PlanText.Show(TrainPlan.Of(request, run._config, run._tokenizer, run._source), results);
        return Program.Done;
    }

    public void Dispose() => _source?.Dispose();

    private int Train()
    {
        var window = _request.WindowOf(_config);
        var data = Tokenize("tokenize", _request.Data, window);
        var validation = _request.Validation.Count == 0 ? null : Tokenize("tokenize validation", _request.Validation, window);
        var options = _request.Trainer(_request.StepsOf(data.WindowCount));
        using var teacher = OpenTeacher();
        using var model = _source is null ? TrainableModel.Initialize(_config, _request.Seed) : TrainableModel.From(_source, _request.Trainable());
        using var engine = new GradientEngine(model, new GradientOptions { Threads = _request.Threads, ActivationBytes = _request.ActivationBytes });
        var result = _results.Progress("train", line => RunSteps(engine, data, validation, options, teacher?.Teacher, line));
        if (!result.IsComplete)
        {
            WriteLog(_request.TrainingFolder, result);
            _results.Note($"stopped after step {result.Steps} of {options.Schedule.Steps}; the same command with --resume goes on from there");
            throw new OperationCanceledException();
        }

        Finish(engine, model, data, options, result);
        return Program.Done;
    }

    private TokenDataset Tokenize(string title, IReadOnlyList<string> files, int window) => _results.Progress(title, line =>
        TokenDataset.Load(files, _tokenizer, window, _config.VocabularySize, null, new BytesProgress(line), _results.Terminal.Cancellation));

    private TrainingResult RunSteps(GradientEngine engine, TokenDataset data, TokenDataset? validation, TrainerOptions options, ITeacher? teacher, IProgressLine line)
    {
        var start = _source is null ? $"scratch {ModelFingerprint.Of(_request.Path)}" : ModelFingerprint.Of(_request.Path)!;
        if (_request.Teacher is { } path) start += $" teacher {ModelFingerprint.Of(path)}";
        if (_request.LoraRank is not null) start += $" {_request.Trainable().Lora}";
        double? validationLoss = null;
        return new Trainer(engine, data, validation, options, teacher).Run(_request.TrainingFolder, start, _request.IsResumed, Report, _results.Terminal.Cancellation);

        void Report(TrainingStep step)
        {
            validationLoss = step.ValidationLoss ?? validationLoss;
            // For those who watch; what is written at the end holds every step exactly once.
            Directory.CreateDirectory(_request.TrainingFolder);
            File.AppendAllText(Path.Combine(_request.TrainingFolder, LogName), JsonSerializer.Serialize(step, TrainingLog.Options) + "\n");
            var measured = validationLoss is { } loss ? $", validation perplexity {Quantity.Number(Math.Exp(loss), 4)}" : "";
            line.Report("", step.Step, options.Schedule.Steps, $"loss {Quantity.Fixed(step.Loss, 3)}{measured}, {Quantity.Number(step.TokensPerSecond, 3)} tokens/s");
        }
    }

    private void Finish(GradientEngine engine, TrainableModel model, TokenDataset data, TrainerOptions options, TrainingResult result)
    {
        var provenance = new JsonObject { ["training"] = Describe(data, options, result) };
        TrainedModelWriter.Write(model, _source, _source is null ? _request.Path : null, _request.Output, _request.Force, _request.Format, provenance, engine.Pool, _results.Terminal.Cancellation);
        WriteLog(_request.Output, result);
        Directory.Delete(_request.TrainingFolder, recursive: true);
        if (!_results.IsJson)
        {
            var last = result.History[^1];
            _results.Line($"{result.Steps} steps, {result.Tokens} tokens in {Quantity.Seconds(result.Seconds)}; last loss {Quantity.Fixed(last.Loss, 4)}");
            if (result.ValidationLoss is { } loss) _results.Line($"validation perplexity {Quantity.Number(Math.Exp(loss), 5)} (loss {Quantity.Fixed(loss, 4)})");
            _results.Line($"wrote {_request.Output}");
        }

        if (_request.Report is { } file) ReportFile.Save(TrainingPage.Create(_request.Path, _request.Output, result), file, _results);
        if (!_results.IsJson) return;
        var json = Describe(data, options, result);
        json["path"] = _request.Output;
        _results.Json(json);
    }

    // No times and no places: the same work gives the same bytes.
    private JsonObject Describe(TokenDataset data, TrainerOptions options, TrainingResult result)
    {
        var json = new JsonObject
        {
            ["from"] = _source is null ? "scratch" : ModelFingerprint.Of(_request.Path),
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
            ["loss"] = result.History[^1].Loss,
        };
        if (_request.LoraRank is { } rank) json["loraRank"] = rank;
        if (_request.Teacher is { } teacher) json["teacher"] = ModelFingerprint.Of(teacher);
        if (result.ValidationLoss is { } loss)
        {
            json["validationLoss"] = loss;
            json["validationPerplexity"] = Math.Exp(loss);
        }

        return json;
    }

    private static void WriteLog(string folder, TrainingResult result)
    {
        using var writer = new StreamWriter(Path.Combine(folder, LogName)) { NewLine = "\n" };
        foreach (var step in result.History) writer.WriteLine(JsonSerializer.Serialize(step, TrainingLog.Options));
    }

    private OpenedTeacher? OpenTeacher()
    {
        if (_request.Teacher is not { } path) return null;
        var opened = new OpenedTeacher(Model.Open(path), _request.Threads);
        if (opened.Config.VocabularySize == _config.VocabularySize) return opened;
        var found = opened.Config.VocabularySize;
        opened.Dispose();
        throw new UsageException($"--teacher {path}: its vocabulary has {found} tokens and the student's {_config.VocabularySize}; a teacher needs the same tokenizer");
    }

    private sealed class OpenedTeacher : IDisposable
    {
        private readonly Model _model;
        private readonly InferenceEngine _engine;

        public OpenedTeacher(Model model, int threads)
        {
            _model = model;
            _engine = new InferenceEngine(model, new EngineOptions { Threads = threads });
            Teacher = new EngineTeacher(_engine);
        }

        public ModelConfig Config => _engine.Config;

        public EngineTeacher Teacher { get; }

        public void Dispose()
        {
            Teacher.Dispose();
            _engine.Dispose();
            _model.Dispose();
        }
    }

    private sealed class BytesProgress(IProgressLine line) : IProgress<TokenizingProgress>
    {
        public void Report(TokenizingProgress value) => line.Report("", value.Done, value.Total, $"{value.Tokens} tokens");
    }
}
