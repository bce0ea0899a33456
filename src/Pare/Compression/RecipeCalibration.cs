using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The calibration that the passes of a recipe need: which windows, as far as which block, and what it takes.</summary>
internal sealed class RecipeCalibration
{
    private readonly Model _model;
    private readonly List<ICompressionPass> _passes;

    private RecipeCalibration(RecipeCalibration read, ModelConfig config, IEnumerable<IPass> passes)
    {
        (_model, Data, File) = (read._model, read.Data, read.File);
        _passes = Calibrated(passes);
        LastBlock = Last(_passes, config);
    }

    /// <summary>Reads the windows where a pass looks at the model's inputs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="passes">All passes of it.</param>
    /// <exception cref="RecipeException">No text is named, or there is no such file.</exception>
    /// <exception cref="ModelFormatException">The text is too short, or damaged.</exception>
    public RecipeCalibration(Model model, Recipe recipe, IReadOnlyList<IPass> passes)
    {
        _model = model;
        _passes = Calibrated(passes);
        LastBlock = Last(_passes, model.Config);
        var first = passes.FirstOrDefault(pass => pass is IModelPass { IsCalibrated: true } or ICompressionPass { IsCalibrated: true });
        if (first is null) return;
        if (recipe.Calibration is not { } options)
            throw new RecipeException("calibration", $"{first.Method} looks at the model's activations and needs a text; name one in calibration.text (pare compress --calibration FILE)");
        options = options with { Text = Resolve(recipe, options.Text), Tokens = Resolve(recipe, options.Tokens), Statistics = Resolve(recipe, options.Statistics), FromStart = _passes.OfType<ActivationSparsityPass>().Any(pass => pass.IsOnTestSplit) };
        File = options.Text ?? options.Tokens;
        if (File is not null && !System.IO.File.Exists(File)) throw new RecipeException("calibration", $"there is no file {File}");
        try
        {
            var windows = CalibrationText.Read(options, model, recipe.Seed);
            Data = new CalibrationData(windows, options.Statistics is { } folder ? new StatisticsFolder(folder, model.Path, windows) : null);
        }
        catch (ArgumentException exception)
        {
            throw new RecipeException("calibration", exception.Message, exception);
        }
    }

    /// <summary>The same windows for passes that were bound to what a pass over the whole model left.</summary>
    public RecipeCalibration For(ModelConfig config, IEnumerable<IPass> passes) => new(this, config, passes);

    /// <summary>The last block that a calibrated pass changes, or −1: those behind it need not be run.</summary>
    public int LastBlock { get; }

    /// <summary>The windows and where statistics are kept, or null where no pass needs them.</summary>
    public CalibrationData? Data { get; }

    /// <summary>The windows, or null.</summary>
    public TokenWindows? Windows => Data?.Windows;

    /// <summary>Tokens of all windows.</summary>
    public long Tokens => Windows is null ? 0 : (long)Windows.Count * Windows.Window;

    /// <summary>The text or the windows as a file, or null where no pass reads it.</summary>
    public string? File { get; }

    /// <summary>Whether a calibrated pass changes a parameter.</summary>
    public bool Changes(ParameterId id) => _passes.Any(pass => pass.Changes.ContainsKey(id));

    /// <summary>
    /// Bytes of memory: streams and activations; for the widest input the second moments, two matrices in double precision and the factor, and for the largest site its values before and the difference;
    /// with a second pass a block's values as the first has them stored.
    /// </summary>
    public long MemoryBytes()
    {
        if (Windows is null) return 0;
        var inputs = _model.Graph.Sites.GroupBy(site => site.Layer)
            .Max(block => block.GroupBy(site => site.Input).Sum(input => (long)input.First().Columns * input.First().Columns * sizeof(float)));
        var widest = _model.Graph.Sites.Max(site => (long)site.Columns * site.Columns);
        var moments = _passes.Any(pass => pass.Needs.HasFlag(StatisticsKinds.SecondMoments));
        var largest = _model.Graph.Sites.Max(site => site.WeightCount) * sizeof(float);
        var block = _model.Graph.Sites.GroupBy(site => site.Layer).Max(sites => sites.Sum(site => site.WeightCount)) * sizeof(float);
        return BlockStream.Bytes(_model.Config, Windows.Count, Windows.Window)
            + (moments ? inputs + widest * (2 * sizeof(double) + sizeof(float)) + 3 * largest : 0) + (_passes.Count > 1 ? block : 0);
    }

    /// <summary>Bytes of disk: the windows behind a block are kept until those behind the next one are.</summary>
    public long DiskBytes() => Windows is null ? 0 : 2L * Windows.Count * Windows.Window * _model.Config.HiddenSize * sizeof(float);

    /// <summary>Operations: a run of the windows through every block for each calibrated pass and one for what was stored, and the second moments.</summary>
    public double Operations()
    {
        if (Windows is null) return 0;
        double tokens = Tokens;
        double operations = 0;
        foreach (var block in _model.Graph.Sites.Where(site => site.Layer <= LastBlock).GroupBy(site => site.Layer))
        {
            operations += 2 * tokens * block.Sum(site => site.WeightCount) * (_passes.Count + 1);
            var inputs = block.GroupBy(site => site.Input).Sum(input => (double)input.First().Columns * input.First().Columns);
            operations += tokens * inputs * _passes.Count(pass => pass.Needs.HasFlag(StatisticsKinds.SecondMoments));
        }

        return operations;
    }

    private static List<ICompressionPass> Calibrated(IEnumerable<IPass> passes) => [.. passes.OfType<ICompressionPass>().Where(pass => pass.SeesBlocks)];

    // A pass that changes no weight looks at all blocks.
    private static int Last(IEnumerable<ICompressionPass> passes, ModelConfig config) =>
        passes.Select(pass => pass.Changes.Count == 0 ? config.Layers.Count - 1 : pass.Changes.Keys.Max(id => id.Layer)).DefaultIfEmpty(-1).Max();

    private static string? Resolve(Recipe recipe, string? path) => path is null ? null : Path.Combine(recipe.BaseFolder, path);
}
