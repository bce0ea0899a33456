using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Formats.Tables;
using Pare.Models.Gguf;
using Pare.Models.Writing;
using Pare.Numerics;

namespace Pare.Models;

/// <summary>Writes models for other programs: plain Hugging Face folders, and GGUF files for llama.cpp.</summary>
/// <remarks>Weights are streamed; what is written appears under its name complete or not at all. The same model and options give the same bytes.</remarks>
public static class ModelExporter
{
    private const string GgufEnding = ".gguf";

    /// <summary>Says what an export would write, without writing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">A path that ends in .gguf, or a folder.</param>
    /// <param name="options">The options.</param>
    /// <returns>Formats, bytes, fallbacks and warnings.</returns>
    /// <exception cref="ExportException">The model cannot be written so.</exception>
    /// <exception cref="IOException">There is something under that name already.</exception>
    public static ExportReport Plan(Model model, string output, ExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(options);
        var (outgoing, target) = Prepare(model, output, options);
        return Report(output, outgoing, target);
    }

    /// <summary>Exports a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">A path that ends in .gguf, or a folder.</param>
    /// <param name="options">The options.</param>
    /// <param name="pool">Threads that encode rows; null makes one for the time.</param>
    /// <param name="progress">Told the share of the bytes that is written, from 0 to 1.</param>
    /// <param name="cancellation">Stops the export; nothing is left behind.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ExportException">The model cannot be written so.</exception>
    /// <exception cref="IOException">There is something under that name already, or it cannot be written; a full disk is named as such.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ExportReport Export(
        Model model, string output, ExportOptions options, ComputePool? pool = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(options);
        var (outgoing, target) = Prepare(model, output, options);
        var report = Report(output, outgoing, target);
        var own = pool is null ? new ComputePool() : null;
        long written = 0;
        try
        {
            if (target is not null) ModelGgufWriter.Write(output, outgoing, target, model, own ?? pool!, Count, cancellation);
            else AtomicFolder.Write(output, options.Overwrite, folder => ModelFolderWriter.Write(folder, outgoing, model, null, own ?? pool!, Count, cancellation));
        }
        finally
        {
            own?.Dispose();
        }

        return target is null ? report : report with { Warnings = [.. target.Warnings] };

        void Count(long bytes)
        {
            written += bytes;
            progress?.Report(Math.Min(1, (double)written / report.WeightBytes));
        }
    }

    private static (OutgoingModel Model, GgufTarget? Target) Prepare(Model model, string output, ExportOptions options)
    {
        foreach (var format in new[] { options.Format, options.EmbeddingFormat }.OfType<ElementType>())
        {
            if (!WeightCodec.CanWrite(format)) throw new ArgumentException($"{format} is not written; expected F32, F16, BF16 or a block format", nameof(options));
        }

        if (ConfigStructure.Peculiarity(model.Config) is { } peculiar)
            throw new ExportException($"neither llama.cpp nor Hugging Face's libraries can run {peculiar}; keep the folder as it is for Pare");
        if (output.EndsWith(GgufEnding, StringComparison.OrdinalIgnoreCase)) return PrepareGguf(model, output, options);
        if (options.Format?.IsBlockFormat() == true)
            throw new ExportException($"a Hugging Face folder holds plain numbers, not {options.Format.Value.Label()}; give a path that ends in .gguf, or use pare compress for a folder that Pare reads");
        if (options.Format is null && model.BytesByType().FirstOrDefault(entry => entry.Type.IsBlockFormat()) is { Bytes: > 0 } blocks)
            throw new ExportException($"the model holds {blocks.Type.Label()} weights, which a Hugging Face folder has no place for; give a format (f32, f16 or bf16), or a path that ends in .gguf");
        AtomicFolder.Check(output, options.Overwrite);
        var (config, source) = Shape(model, options, "Hugging Face's classes");
        CheckHeadSize(config);
        return (new OutgoingModel(config, source, weight => options.Format ?? weight.Type), null);
    }

    private static (OutgoingModel Model, GgufTarget? Target) PrepareGguf(Model model, string output, ExportOptions options)
    {
        if (!options.Overwrite && File.Exists(output)) throw new IOException($"writing {output}: the file exists; choose another name, or allow it to be overwritten");
        var (config, source) = options.Pad ? Shape(model, options, "llama.cpp") : (model.Config, id => new StoredWeight(model.GetWeight(id)));
        var target = GgufConfigWriter.Write(config);
        var embedding = options.EmbeddingFormat ?? (options.Format is { } format && format.IsBelow8Bits() ? ElementType.Q8_0 : options.Format);
        return (new OutgoingModel(config, source, Format), target);

        ElementType Format(WeightSource weight)
        {
            if (ModelGgufWriter.StaysFloat(weight.Parameter)) return ElementType.F32;
            var wanted = weight.Parameter.Id.Role is ParameterRole.TokenEmbedding or ParameterRole.Head ? embedding : options.Format;
            // GGUF has neither 8-bit floats nor sparse formats nor tables.
            return wanted ?? (weight.Type is ElementType.F8E4M3 or ElementType.F8E5M2 || SparseFormat.IsSparse(weight.Type) || TableFormat.IsTable(weight.Type) ? ElementType.BF16 : weight.Type);
        }
    }

    private static (ModelConfig Config, Func<ParameterId, WeightSource> Source) Shape(Model model, ExportOptions options, string who)
    {
        if (model.Config.IsUniform) return (model.Config, id => new StoredWeight(model.GetWeight(id)));
        if (!options.Pad) throw new ExportException($"the layers differ in shape, which {who} cannot hold; use --pad to fill them with zeros to one shape of the same function, or keep the folder as it is for Pare");
        var padding = new Padding(model);
        return (padding.Config, padding.Source);
    }

    private static void CheckHeadSize(ModelConfig config)
    {
        var layer = config.Layers[0];
        if (config.Architecture.Keys.HeadSize is null && layer.QuerySize != config.HiddenSize)
            throw new ExportException($"{layer.Heads} heads of {layer.HeadSize} channels do not make up the {config.HiddenSize} channels that this family's configuration derives them from; export to GGUF instead");
    }

    private static ExportReport Report(string output, OutgoingModel outgoing, GgufTarget? target) => new()
    {
        Path = output,
        IsGguf = target is not null,
        Architecture = target?.Architecture ?? outgoing.Config.Architecture.ModelType,
        Formats = outgoing.Shares(),
        LinearBitsPerWeight = outgoing.Graph.Sites.Sum(site => 8.0 * outgoing.Type(site.Weight).RowBytes(site.Columns) * site.Rows)
            / outgoing.Graph.Sites.Sum(site => site.WeightCount),
        Fallbacks = [.. outgoing.Fallbacks],
        Warnings = [.. target?.Warnings ?? []],
    };
}
