using System.Diagnostics;
using System.Text.Json.Nodes;
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
/// The same recipe gives the same bytes on the same instruction set, with any number of threads, and however often it was stopped:
/// what is done stands in <c>OUTPUT.run</c> beside the output until that is complete (<see cref="BlockJournal"/>).
/// </remarks>
public sealed class CompressionRunner
{
    // Of a run that begins with a pass over the whole model or its gradients, by far the longest part.
    private const double ModelPassShare = 0.95;
    private readonly Model _model;
    private readonly Recipe _recipe;
    private readonly IModelPass? _modelPass;
    private readonly IPreparedPass? _prepared;
    private readonly IPass[] _passes;
    private readonly RecipeCalibration _calibration;

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
        if (ConfigStructure.Peculiarity(model.Config) is { } peculiar && recipe.Passes[0] is SurgeonOptions or BlockInfluenceOptions or LacoOptions or MoDeGptOptions or FlapOptions)
            throw new RecipeException("passes[0].method", $"{recipe.Passes[0].Method} cannot work on {peculiar}; use it on the model that this one was made of");
        _model = model;
        _recipe = recipe;
        _passes = [.. recipe.Passes.Select((options, i) => Bind(options, i, model.Graph))];
        _modelPass = _passes[0] as IModelPass;
        for (var i = 1; i < _passes.Length; i++)
            if (_passes[i] is IModelPass) throw new RecipeException($"passes[{i}].method", $"{_passes[i].Method} works on the whole model and has to be the first pass; put the others behind it");
        var prepared = Array.FindIndex(_passes, pass => pass is IPreparedPass { NeedsPreparation: true });
        if (prepared > 0)
            throw new RecipeException($"passes[{prepared}]", $"{_passes[prepared].Method} looks at gradients of the model before anything is changed: make the model with the other passes first, and begin a second recipe with it");
        _prepared = prepared == 0 ? (IPreparedPass)_passes[0] : null;
        if (Sparsifying?.Finishes == true && _passes.Length > 1)
            throw new RecipeException($"passes[{_passes.Length - 1}]", "perplexityIncrease is searched, and sharedPredictor trained, on a finished model: make it with the other passes first, and run activation-sparsity on it by itself");
        if (_modelPass is not null && Sparsifying is null && model.ActivationSparsity is { } carried && (_modelPass is not SurgeonPass || carried.Sites.Any(site => Enumerable.Range(0, carried.Layers).Any(layer => carried[layer, site]?.PerChannel is not null))))
            throw new RecipeException("passes[0].method", $"the model has activation thresholds for single blocks or channels, which {_modelPass.Method} may remove; put {ActivationSparsityOptions.MethodName} behind it, which makes new ones");
        var order = Array.FindLastIndex(_passes, pass => pass is NeuronOrderPass);
        if (order > Array.FindLastIndex(_passes, pass => pass is ActivationSparsityPass) && (order > 0 && Sparsifying is not null || Sparsifying is null && model.ActivationSparsity is not null))
            throw new RecipeException($"passes[{order}].method", $"neurons change places, and there are activation thresholds for those that lie there now; put {ActivationSparsityOptions.MethodName} behind {NeuronOrderOptions.MethodName}, which makes new ones");
        _calibration = new RecipeCalibration(model, recipe, _passes);
    }

    /// <summary>Says what the run will take.</summary>
    /// <param name="threads">Threads that will work together; 0 is one per processor.</param>
    /// <returns>Bytes, memory and a rough duration.</returns>
    public CompressionPlan Plan(int threads = 0)
    {
        var formats = ChosenFormats.Choose(_passes, _model.Graph);
        var outgoing = new OutgoingModel(_model.Config, id => formats.Of.TryGetValue(id, out var format)
            ? new PlannedWeight(_model.Graph.Get(id), format) : new StoredWeight(_model.GetWeight(id)), source => source.Type);
        var shares = outgoing.Shares();
        var changed = _model.Graph.Parameters.Where(parameter => formats.Of.ContainsKey(parameter.Id)).ToList();
        var temporary = changed.Sum(parameter => formats.Of[parameter.Id].RowBytes(parameter.Columns) * parameter.Rows);
        var first = _modelPass?.Plan(threads) ?? _prepared?.PlanPreparation(_calibration.Tokens);
        var bytes = (long)(shares.Sum(share => share.Bytes) * (first?.KeptShare ?? 1));
        // Values are in memory only where a pass changes them; a change of format alone is streamed by rows.
        var edited = _passes.Where(pass => pass is not RoundToNearestPass { ChangesValues: false }).SelectMany(pass => pass.Changes.Keys).ToHashSet();
        var memory = changed.Where(parameter => edited.Contains(parameter.Id)).GroupBy(parameter => parameter.Id.Layer)
            .Select(block => block.Sum(parameter => parameter.Count * sizeof(float))).DefaultIfEmpty(0).Max();
        return new CompressionPlan
        {
            Blocks = _model.Config.Layers.Count,
            ChangedParameters = changed.Count,
            OutputBytes = bytes,
            TemporaryBytes = temporary + _calibration.DiskBytes() + (first?.DiskBytes ?? 0),
            MemoryBytes = Math.Max(memory + _calibration.MemoryBytes(), first?.MemoryBytes ?? 0) + (64 << 20),
            CalibrationOperations = _calibration.Operations() + (first?.Operations ?? 0),
            Seconds = EncodingSpeed.Seconds(changed.Select(parameter => (formats.Of[parameter.Id], parameter.Count)), bytes + temporary, threads) + (first?.Seconds ?? 0),
            Notes = first?.Notes ?? [],
            Formats = shares,
            Fallbacks = formats.Fallbacks,
        };
    }

    /// <summary>Runs the recipe.</summary>
    /// <param name="output">The folder to write.</param>
    /// <param name="overwrite">Whether a model folder that is there may be replaced.</param>
    /// <param name="pool">Threads; null makes a pool for the time.</param>
    /// <param name="progress">Told after every pass of every block.</param>
    /// <param name="cancellation">Stops the run; the same call goes on behind the last block that was done.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="RecipeException">Beside the output lies the state of another run, or a damaged one.</exception>
    /// <exception cref="ExportException">A value is not finite, or too large for its format; names the parameter.</exception>
    /// <exception cref="IOException">The output exists, or cannot be written; a full disk is named as such.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CompressionReport Run(
        string output, bool overwrite = false, ComputePool? pool = null, IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        var clock = Stopwatch.StartNew();
        using var own = pool is null ? new ComputePool() : null;
        AtomicFolder.Check(output, overwrite);
        var work = WorkFolder(output);
        var inputs = CompressionProvenance.Inputs(_model, _passes.SelectMany(pass => pass.InputFiles).Concat(_calibration.File is { } file ? [file] : []));
        CompressionReport report;
        using (var journal = new BlockJournal(work, CompressionProvenance.Run(_recipe, inputs)))
        {
            try
            {
                report = Run(output, overwrite, work, journal, inputs, own ?? pool!, progress, cancellation);
            }
            catch (IOException e) when (DiskFull.Is(e))
            {
                throw DiskFull.Explain(output, e);
            }
            catch (Exception e) when (e is not (OperationCanceledException or IOException))
            {
                // It would fail in the same way again.
                journal.Discard();
                throw;
            }
            finally
            {
                if (journal.Blocks.Count == 0) journal.Discard();
            }
        }

        // The state of the run is of no more use.
        Directory.Delete(work, recursive: true);
        return report with { Seconds = clock.Elapsed.TotalSeconds };
    }

    private CompressionReport Run(
        string output, bool overwrite, string work, BlockJournal journal, JsonArray inputs, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var edited = _modelPass?.Run(work, _calibration.Data, pool, Part(progress, 0, ModelPassShare), cancellation);
        _prepared?.Prepare(work, _calibration.Data!, pool, Part(progress, 0, ModelPassShare), cancellation);
        var rest = _modelPass is null && _prepared is null ? progress : Part(progress, ModelPassShare, 1);
        var config = edited?.Config ?? _model.Config;
        var (passes, calibration, graph) = (_passes, _calibration, _model.Graph);
        if (edited is not null)
        {
            // The passes behind find the sites of the model as it is now.
            graph = new ModelGraph(config);
            passes = [_modelPass!, .. _recipe.Passes.Skip(1).Select((options, i) => Bind(options, i + 1, graph))];
            calibration = calibration.For(config, passes);
        }

        var formats = ChosenFormats.Choose(passes, graph, edited);
        using var blocks = new BlockRun(_model, edited, passes, formats.Of, calibration, journal, pool, cancellation);
        var parameters = blocks.Execute(rest);
        if (Sparsifying is { Finishes: true } last) last.Finish(_model, _calibration.Windows!, pool, rest, cancellation);
        var outgoing = new OutgoingModel(config, blocks.Outgoing, source => source.Type);
        var provenance = CompressionProvenance.Describe(_model, _recipe, inputs, parameters, formats.Fallbacks);
        if (edited is not null) provenance[_modelPass!.Method] = edited.Describe();
        var (written, total) = (0L, outgoing.Shares().Sum(share => share.Bytes));
        var sparsity = passes.OfType<ActivationSparsityPass>().LastOrDefault()?.Result ?? _model.ActivationSparsity;
        if (sparsity is not null) provenance[ActivationSparsityFile.Key] = ActivationSparsityFile.ToJson(sparsity);
        AtomicFolder.Write(output, overwrite, folder =>
        {
            if (sparsity is not null) ActivationSparsityFile.WriteTensors(folder, sparsity);
            ModelFolderWriter.Write(folder, outgoing, _model, provenance, pool, Count, cancellation);
        });
        return new CompressionReport
        {
            Path = output,
            Formats = outgoing.Shares(),
            Parameters = parameters,
            Fallbacks = formats.Fallbacks,
            Shots = edited?.Shots ?? [],
            ActivationSparsity = sparsity,
            Notes = [.. edited?.Notes ?? [], .. passes.OfType<NeuronOrderPass>().Select(order => order.Note)],
            Seconds = 0,
        };

        void Count(long bytes)
        {
            written += bytes;
            rest?.Report(new CompressionProgress("write", config.Layers.Count + 1, config.Layers.Count + 1, 0.8 + 0.2 * Math.Min(1, (double)written / total)));
        }
    }

    // The last of them counts.
    private ActivationSparsityPass? Sparsifying => _passes.OfType<ActivationSparsityPass>().LastOrDefault();

    /// <summary>Where a run that was stopped left its state, to go on from when the same recipe is run again.</summary>
    /// <param name="output">The folder that it was to write.</param>
    /// <returns>The folder of the state, or null where there is none.</returns>
    public static string? StateOf(string output) => Directory.Exists(WorkFolder(output)) ? WorkFolder(output) : null;

    /// <summary>Where a run keeps its state until the output is complete: beside the output.</summary>
    internal static string WorkFolder(string output) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + ".run";

    private static ProgressPart? Part(IProgress<CompressionProgress>? progress, double from, double to) => progress is null ? null : new ProgressPart(progress, from, to);

    private IPass Bind(PassOptions options, int index, ModelGraph graph)
    {
        var path = $"passes[{index}]";
        return options switch
        {
            RoundToNearestOptions rounding => new RoundToNearestPass(rounding, graph, path),
            ChannelScalingOptions scaling => new ChannelScalingPass(scaling, graph, path, _recipe.BaseFolder),
            SdqOptions sdq => sdq.IsCompensated ? new CompensatedSdqPass(sdq, graph, path) : new SdqPass(sdq, graph, path),
            MagnitudeOptions magnitude => new MagnitudePass(magnitude, graph, path),
            WandaOptions wanda => new WandaPass(wanda, graph, path),
            SparseGptOptions sparse => new SparseGptPass(sparse, graph, path),
            GptqOptions gptq => new GptqPass(gptq, graph, path),
            FineQuantOptions fine => new FineQuantPass(fine, graph, path),
            SqueezeLlmOptions squeeze => new SqueezeLlmPass(squeeze, _model, graph, path),
            AwqOptions awq => new AwqPass(awq, graph, path),
            NeuronOrderOptions order => new NeuronOrderPass(order, graph),
            ActivationSparsityOptions sparsity => new ActivationSparsityPass(sparsity, graph.Config, path),
            SurgeonOptions surgeon => new SurgeonPass(surgeon, _model, path, _recipe.BaseFolder),
            BlockInfluenceOptions influence => new BlockInfluencePass(influence, _model, path),
            SliceGptOptions slice => new SliceGptPass(slice, _model, path),
            MoDeGptOptions modular => new MoDeGptPass(modular, _model, path),
            FlapOptions flap => new FlapPass(flap, _model, path),
            LacoOptions laco => new LacoPass(laco, _model, path),
            _ => throw new RecipeException(path, $"unknown method '{options.Method}'"),
        };
    }
}
