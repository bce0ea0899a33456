using System.Diagnostics;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Makes a smaller model of a model by a recipe: one loop over the blocks, each decoded, changed by every pass in order, and stored.</summary>
/// <remarks>
/// One block's weights are in memory at a time. What no pass changes keeps its stored type and bytes; what a pass changes is stored as BF16
/// (norms and biases: F32) unless the recipe names a format. The output appears under its name complete or not at all.
/// The same recipe gives the same bytes on the same instruction set, with any number of threads.
/// </remarks>
public sealed class CompressionRunner
{
    private const string SpoolName = ".changed-weights";

    // Of a run that begins with a pass over the whole model, by far the longest part.
    private const double ModelPassShare = 0.95;
    private readonly Model _model;
    private readonly Recipe _recipe;
    private readonly IModelPass? _modelPass;
    private readonly IReadOnlyList<IPass> _passes;
    private readonly Dictionary<ParameterId, ElementType> _formats = [];
    private readonly List<FormatFallback> _fallbacks = [];
    private readonly Dictionary<ParameterId, CompactMap> _compact = [];
    private readonly TokenWindows? _windows;
    private readonly int _lastCalibrated;

    /// <summary>Binds a recipe to a model.</summary>
    /// <param name="model">The model; it has to stay open.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="RecipeException">A step does not fit the model.</exception>
    /// <exception cref="ModelFormatException">A file that a step reads is damaged, or the calibration text is too short.</exception>
    public CompressionRunner(Model model, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.Passes.Count == 0) throw new RecipeException("passes", "expected at least one pass");
        _model = model;
        _recipe = recipe;
        _passes = [.. recipe.Passes.Select((options, i) => Bind(options, $"passes[{i}]"))];
        _modelPass = _passes[0] as IModelPass;
        for (var i = 1; i < _passes.Count; i++)
            if (_passes[i] is IModelPass) throw new RecipeException($"passes[{i}].method", $"{_passes[i].Method} works on the whole model and has to be the first pass; put the others behind it");
        ChooseFormats(model.Graph);

        // Blocks behind the last that a calibrated pass changes need not be run.
        _lastCalibrated = Sparsifying is not null ? model.Config.Layers.Count - 1 : Calibrated.SelectMany(pass => pass.Changes.Keys).Select(id => id.Layer).DefaultIfEmpty(-1).Max();
        if (_modelPass is not null && Sparsifying is null && model.ActivationSparsity is { } carried && carried.Sites.Any(site => Enumerable.Range(0, carried.Layers).Any(layer => carried[layer, site]?.PerChannel is not null)))
            throw new RecipeException("passes[0].method", $"the model has activation thresholds for single channels, which {_modelPass.Method} may remove; put {ActivationSparsityOptions.MethodName} behind it, which makes new ones");
        if (_lastCalibrated >= 0) _windows = ReadCalibration();
    }

    /// <summary>Says what the run will take.</summary>
    /// <param name="threads">Threads that will work together; 0 is one per processor.</param>
    /// <returns>Bytes, memory and a rough duration.</returns>
    public CompressionPlan Plan(int threads = 0)
    {
        var outgoing = new OutgoingModel(_model.Config, id => _formats.TryGetValue(id, out var format)
            ? new PlannedWeight(_model.Graph.Get(id), format) : new StoredWeight(_model.GetWeight(id)), source => source.Type);
        var shares = outgoing.Shares();
        var changed = _model.Graph.Parameters.Where(parameter => _formats.ContainsKey(parameter.Id)).ToList();
        var temporary = changed.Sum(parameter => _formats[parameter.Id].RowBytes(parameter.Columns) * parameter.Rows);
        var bytes = shares.Sum(share => share.Bytes);
        // Values are in memory only where a pass changes them; a change of format alone is streamed by rows.
        var edited = _passes.Where(pass => pass is not RoundToNearestPass).SelectMany(pass => pass.Changes.Keys).ToHashSet();
        var memory = changed.Where(parameter => edited.Contains(parameter.Id)).GroupBy(parameter => parameter.Id.Layer)
            .Select(block => block.Sum(parameter => parameter.Count * sizeof(float))).DefaultIfEmpty(0).Max();
        var first = _modelPass?.Plan(threads);
        return new CompressionPlan
        {
            Blocks = _model.Config.Layers.Count,
            ChangedParameters = changed.Count,
            OutputBytes = bytes,
            TemporaryBytes = temporary + (first?.DiskBytes ?? 0),
            MemoryBytes = Math.Max(memory + CalibrationBytes(), first?.MemoryBytes ?? 0) + (64 << 20),
            CalibrationOperations = CalibrationOperations(),
            Seconds = EncodingSpeed.Seconds(changed.Select(parameter => (_formats[parameter.Id], parameter.Count)), bytes + temporary, threads) + (first?.Seconds ?? 0),
            Notes = first?.Notes ?? [],
            Formats = shares,
            Fallbacks = [.. _fallbacks],
        };
    }

    /// <summary>Runs the recipe.</summary>
    /// <param name="output">The folder to write.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <param name="pool">Threads; null makes a pool for the time.</param>
    /// <param name="progress">Told after every pass of every block.</param>
    /// <param name="cancellation">Stops the run; nothing is left behind.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ExportException">A value is not finite, or too large for its format; names the parameter.</exception>
    /// <exception cref="IOException">The output exists, or cannot be written; a full disk is named as such.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CompressionReport Run(
        string output, bool overwrite = false, ComputePool? pool = null, IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        var clock = Stopwatch.StartNew();
        using var own = pool is null ? new ComputePool() : null;
        CompressionReport? report = null;
        AtomicFolder.Write(output, overwrite, folder =>
        {
            using var spool = new WeightSpool(Path.Combine(folder, SpoolName), own ?? pool!, cancellation);
            using var edited = _modelPass?.Run(WorkFolder(output), own ?? pool!, Part(progress, 0, ModelPassShare), cancellation);
            var rest = _modelPass is null ? progress : Part(progress, ModelPassShare, 1);
            var config = edited?.Config ?? _model.Config;
            var graph = edited is null ? _model.Graph : new ModelGraph(config);
            ChooseFormats(graph);
            var parameters = CompressBlocks(spool, graph, edited, own ?? pool!, rest, cancellation);
            spool.Complete();
            var outgoing = new OutgoingModel(config, id => Outgoing(graph, spool, id), source => source.Type);
            var sparsity = Sparsifying?.Result ?? _model.ActivationSparsity;
            var provenance = CompressionProvenance.Describe(_model, _recipe, _passes.SelectMany(pass => pass.InputFiles).Concat(CalibrationFile is { } file ? [file] : []), parameters, _fallbacks);
            if (edited is not null) provenance[_modelPass!.Method] = edited.Describe();
            var (written, total) = (0L, outgoing.Shares().Sum(share => share.Bytes));
            if (sparsity is not null)
            {
                provenance[ActivationSparsityFile.Key] = ActivationSparsityFile.ToJson(sparsity);
                ActivationSparsityFile.WriteTensors(folder, sparsity);
            }

            ModelFolderWriter.Write(folder, outgoing, _model, provenance, own ?? pool!, Count, cancellation);
            report = new CompressionReport
            {
                Path = output,
                Formats = outgoing.Shares(),
                Parameters = parameters,
                Fallbacks = [.. _fallbacks],
                Shots = edited?.Shots ?? [],
                ActivationSparsity = sparsity,
                Seconds = clock.Elapsed.TotalSeconds,
            };

            void Count(long bytes)
            {
                written += bytes;
                rest?.Report(new CompressionProgress("write", _model.Config.Layers.Count + 1, _model.Config.Layers.Count + 1, 0.8 + 0.2 * Math.Min(1, (double)written / total)));
            }
        });
        // The state of the run is of no more use.
        if (_modelPass is not null && Directory.Exists(WorkFolder(output))) Directory.Delete(WorkFolder(output), recursive: true);
        return report! with { Seconds = clock.Elapsed.TotalSeconds };
    }

    // A pass over the whole model may leave rows of other lengths, which other formats fit.
    private void ChooseFormats(ModelGraph graph)
    {
        _compact.Clear();
        _formats.Clear();
        _fallbacks.Clear();
        foreach (var parameter in graph.Parameters)
        {
            var last = _passes.LastOrDefault(pass => pass.Changes.ContainsKey(parameter.Id));
            if (last is null) continue;
            var wanted = last.Changes[parameter.Id] ?? (parameter.IsVector ? ElementType.F32 : ElementType.BF16);
            var format = WeightCodec.Fallback(wanted, parameter.Columns);
            if (format != wanted) _fallbacks.Add(new FormatFallback(parameter.Name, wanted, format, parameter.Columns));
            _formats.Add(parameter.Id, format);
        }
    }

    private IEnumerable<ICompressionPass> Calibrated => _passes.OfType<ICompressionPass>().Where(pass => pass.IsCalibrated);

    // The last of them counts.
    private ActivationSparsityPass? Sparsifying => _passes.OfType<ActivationSparsityPass>().LastOrDefault();

    /// <summary>Where a pass over the whole model keeps its state until the output is complete: beside the output.</summary>
    internal static string WorkFolder(string output) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + ".run";

    private static ProgressPart? Part(IProgress<CompressionProgress>? progress, double from, double to) => progress is null ? null : new ProgressPart(progress, from, to);

    private List<CompressedParameter> CompressBlocks(WeightSpool spool, ModelGraph graph, IEditedModel? edited, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var changed = new List<CompressedParameter>();
        using var stream = _windows is null ? null : new CalibratedStream(_model, graph, _windows, pool, cancellation);
        var blocks = _model.Config.Layers.Count + 1;
        for (var i = 0; i < blocks; i++)
        {
            using var edit = new BlockEdit(_model, graph, i - 1, edited, _modelPass?.Changes);
            foreach (var id in _modelPass?.Changes.Keys.Where(id => id.Layer == i - 1) ?? []) edit.Values(id);
            foreach (var pass in _passes.OfType<ICompressionPass>())
            {
                cancellation.ThrowIfCancellationRequested();
                if (pass.IsCalibrated && i > 0)
                {
                    progress?.Report(new CompressionProgress("calibrate", i, blocks, 0.8 * i / blocks));
                    if (pass.Watch(edit, (long)_windows!.Count * _windows.Window) is { } stage) stream!.Watch(edit, stage);
                    else stream!.Gather(edit, pass);
                }

                progress?.Report(new CompressionProgress(pass.Method, i, blocks, 0.8 * (i + 0.4) / blocks));
                pass.Apply(edit, pool);
            }

            progress?.Report(new CompressionProgress("store", i, blocks, 0.8 * (i + 0.5) / blocks));
            foreach (var parameter in graph.Parameters.Where(parameter => parameter.Id.Layer == i - 1 && _formats.ContainsKey(parameter.Id)))
                changed.Add(Store(spool, parameter, edit, edited));
            if (stream is null || i > _lastCalibrated) continue;
            progress?.Report(new CompressionProgress("run", i, blocks, 0.8 * (i + 0.7) / blocks));
            stream.Advance(edit, spool, _compact);
        }

        return changed;
    }

    private WeightSource Outgoing(ModelGraph graph, WeightSpool spool, ParameterId id)
    {
        if (spool.Find(id) is not { } stored) return new StoredWeight(_model.GetWeight(id));
        return _compact.TryGetValue(id, out var map) ? new CompactWeight(graph.Get(id), stored, map) : stored;
    }

    private CompressedParameter Store(WeightSpool spool, Parameter parameter, BlockEdit edit, IEditedModel? edited)
    {
        var format = _formats[parameter.Id];
        var outcome = edit.Outcome(parameter.Id);
        var (values, encoded) = (edit.ChangedValues(parameter.Id), edit.Encoded(parameter.Id));
        var methods = _passes.Where(pass => pass.Changes.ContainsKey(parameter.Id)).Select(pass => pass.Method);
        if (values is not null && encoded is null && edited is not null && _modelPass!.Changes.ContainsKey(parameter.Id) && edited.Compact(parameter.Id) is { } kept
            && !Calibrated.Any(pass => pass.Changes.ContainsKey(parameter.Id)))
        {
            var (map, smaller, part) = CompactCut.Of(parameter, values, kept, format);
            // What saves little is stored whole: indices and gathering cost something, too.
            if (smaller.Count <= parameter.Count - parameter.Count / 32)
            {
                _compact.Add(parameter.Id, map);
                (parameter, values) = (smaller, part);
            }
        }

        WeightSource source = encoded is not null ? new EncodedWeight(parameter, format, encoded) : values is null ? new StoredWeight(_model.GetWeight(parameter.Id)) : new EditedWeight(parameter, values);
        var error = spool.Add(source, format);
        return new CompressedParameter(parameter.Name, [.. methods], format, 8.0 * format.RowBytes(parameter.Columns) / parameter.Columns, error)
        {
            Sparsity = outcome?.Sparsity,
            OutputError = outcome?.OutputError,
            Damping = outcome?.Damping,
            IsDampingEscalated = outcome?.IsDampingEscalated ?? false,
        };
    }

    // Streams and activations, and for the widest input the second moments, two matrices in double precision and the factor.
    private long CalibrationBytes()
    {
        if (_windows is null) return 0;
        var moments = Calibrated.Any(pass => pass.Needs.HasFlag(StatisticsKinds.SecondMoments));
        var inputs = _model.Graph.Sites.GroupBy(site => site.Layer)
            .Max(block => block.GroupBy(site => site.Input).Sum(input => (long)input.First().Columns * input.First().Columns * sizeof(float)));
        var widest = _model.Graph.Sites.Max(site => (long)site.Columns * site.Columns);
        return BlockStream.Bytes(_model.Config, _windows.Count, _windows.Window) + (moments ? inputs + widest * (2 * sizeof(double) + sizeof(float)) : 0);
    }

    // A run of the windows through every block for each calibrated pass and one for what was stored, and the second moments.
    private double CalibrationOperations()
    {
        if (_windows is null) return 0;
        var tokens = (double)_windows.Count * _windows.Window;
        var calibrated = Calibrated.ToList();
        double operations = 0;
        foreach (var block in _model.Graph.Sites.Where(site => site.Layer < _lastCalibrated + 1).GroupBy(site => site.Layer))
        {
            operations += 2 * tokens * block.Sum(site => site.WeightCount) * (calibrated.Count + 1);
            var inputs = block.GroupBy(site => site.Input).Sum(input => (double)input.First().Columns * input.First().Columns);
            operations += tokens * inputs * calibrated.Count(pass => pass.Needs.HasFlag(StatisticsKinds.SecondMoments));
        }

        return operations;
    }

    private TokenWindows ReadCalibration()
    {
        if (_recipe.Calibration is not { } options)
        {
            var method = Calibrated.First().Method;
            throw new RecipeException("calibration", $"{method} looks at the model's activations and needs a text; name one in calibration.text (pare compress --calibration FILE)");
        }

        options = options with { Text = Resolve(options.Text), Tokens = Resolve(options.Tokens) };
        if (CalibrationFile is { } file && !File.Exists(file)) throw new RecipeException("calibration", $"there is no file {file}");
        try
        {
            return CalibrationText.Read(options, _model, _recipe.Seed);
        }
        catch (ArgumentException exception)
        {
            throw new RecipeException("calibration", exception.Message, exception);
        }
    }

    // Only where a pass reads it.
    private string? CalibrationFile => _lastCalibrated < 0 ? null : Resolve(_recipe.Calibration?.Text ?? _recipe.Calibration?.Tokens);

    private string? Resolve(string? path) => path is null ? null : Path.Combine(_recipe.BaseFolder, path);

    private IPass Bind(PassOptions options, string path) => options switch
    {
        RoundToNearestOptions rounding => new RoundToNearestPass(rounding, _model.Graph, path),
        ChannelScalingOptions scaling => new ChannelScalingPass(scaling, _model.Graph, path, _recipe.BaseFolder),
        SdqOptions sdq => new SdqPass(sdq, _model.Graph, path),
        MagnitudeOptions magnitude => new MagnitudePass(magnitude, _model.Graph, path),
        WandaOptions wanda => new WandaPass(wanda, _model.Graph, path),
        SparseGptOptions sparse => new SparseGptPass(sparse, _model.Graph, path),
        GptqOptions gptq => new GptqPass(gptq, _model.Graph, path),
        ActivationSparsityOptions sparsity => new ActivationSparsityPass(sparsity, _model.Config, path),
        SurgeonOptions surgeon => new SurgeonPass(surgeon, _model, path, _recipe.BaseFolder),
        _ => throw new RecipeException(path, $"unknown method '{options.Method}'"),
    };
}
