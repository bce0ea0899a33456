using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;

namespace Pare.Calibration;

/// <summary>Statistics of the blocks of an unchanged model on a calibration text, kept in a folder for other methods and later runs.</summary>
/// <remarks>
/// A subfolder for each model and text, named by the fingerprint of both; in it a safetensors file for each block and input. Σ x·xᵀ is stored as its lower triangle, row by row.
/// Several processes may use one folder: files appear complete or not at all.
/// </remarks>
internal sealed class StatisticsFolder
{
    // Changes when the same model and text would give other numbers.
    private const string Version = "statistics-1";
    private const string FingerprintKey = "fingerprint", TokensKey = "tokens", FisherName = "fisher_diagonal";
    private readonly string _folder;
    private readonly string _fingerprint;

    /// <summary>Names the statistics.</summary>
    /// <param name="root">The folder; it is made when something is written.</param>
    /// <param name="modelPath">The unchanged model: a folder or a GGUF file.</param>
    /// <param name="windows">The calibration windows.</param>
    public StatisticsFolder(string root, string modelPath, TokenWindows windows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version} {ModelFingerprint.Of(modelPath)} {windows.Count} {windows.Window} ")));
        hash.AppendData(MemoryMarshal.AsBytes(windows.All));
        _fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
        _folder = Path.Combine(root, _fingerprint[..16]);
    }

    /// <summary>Reads what was seen of some inputs of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="wanted">The inputs, and what is to be known of them.</param>
    /// <param name="columns">Channels of an input.</param>
    /// <returns>The statistics, which the caller disposes of; null where any is missing.</returns>
    /// <exception cref="CalibrationException">A file is damaged, or of another model or text.</exception>
    public IReadOnlyDictionary<SiteInput, InputStatistics>? Read(int block, IReadOnlyDictionary<SiteInput, StatisticsKinds> wanted, Func<SiteInput, int> columns)
    {
        var found = new Dictionary<SiteInput, InputStatistics>();
        try
        {
            foreach (var (input, kinds) in wanted)
            {
                if (Read(Name(block, input), columns(input), kinds) is not { } statistics) break;
                found.Add(input, statistics);
            }
        }
        catch
        {
            Dispose(found);
            throw;
        }

        if (found.Count == wanted.Count) return found;
        Dispose(found);
        return null;
    }

    /// <summary>Keeps what was seen of the inputs of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="inputs">The statistics, complete.</param>
    /// <exception cref="IOException">The folder cannot be written; a full disk is named as such.</exception>
    public void Write(int block, IReadOnlyDictionary<SiteInput, InputStatistics> inputs)
    {
        foreach (var (input, statistics) in inputs)
        {
            SafetensorsWriter.Write(Name(block, input), [.. statistics.ToTensors()],
                new Dictionary<string, string> { [FingerprintKey] = _fingerprint, [TokensKey] = statistics.Tokens.ToString(CultureInfo.InvariantCulture) });
        }
    }

    /// <summary>Whether the diagonal of a site's Fisher information is there.</summary>
    public bool HasFisher(LinearSite site) => File.Exists(Name(site));

    /// <summary>Reads the diagonal of a site's Fisher information.</summary>
    /// <param name="site">The site.</param>
    /// <returns>[rows, columns].</returns>
    /// <exception cref="CalibrationException">The file is damaged, or of another model or text.</exception>
    public float[] ReadFisher(LinearSite site) => Read(Name(site), file => MemoryMarshal.Cast<byte, float>(InputStatistics.Find(file, FisherName, ElementType.F32, site.WeightCount)).ToArray())
        ?? throw Unusable(Name(site), "is missing");

    /// <summary>Keeps the diagonal of a site's Fisher information.</summary>
    /// <param name="site">The site.</param>
    /// <param name="values">[rows, columns].</param>
    /// <exception cref="IOException">The folder cannot be written; a full disk is named as such.</exception>
    public void WriteFisher(LinearSite site, ReadOnlySpan<float> values) => SafetensorsWriter.Write(
        Name(site), [OutgoingTensor.FromBytes(FisherName, ElementType.F32, [values.Length], MemoryMarshal.AsBytes(values).ToArray())], new Dictionary<string, string> { [FingerprintKey] = _fingerprint });

    private InputStatistics? Read(string path, int columns, StatisticsKinds kinds) => Read(path, file =>
        long.TryParse(file.Metadata.GetValueOrDefault(TokensKey), NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            ? InputStatistics.FromTensors(file, columns, kinds, tokens) : throw Unusable(path, "does not say how many tokens were seen"));

    private T? Read<T>(string path, Func<SafetensorsFile, T?> read)
        where T : class
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault(FingerprintKey) == _fingerprint ? read(file) : throw Unusable(path, "holds statistics of another model or text");
        }
        catch (ModelFormatException e)
        {
            throw new CalibrationException($"{e.Message}; remove the file, and it is made anew", e);
        }
    }

    private string Name(int block, SiteInput input) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"block-{block:D3}.{input}.safetensors"));

    private string Name(LinearSite site) => Path.Combine(_folder, $"{site.Name}.fisher.safetensors");

    private static CalibrationException Unusable(string path, string problem) => new($"{path} {problem}; remove the file, and it is made anew");

    private static void Dispose(Dictionary<SiteInput, InputStatistics> inputs)
    {
        foreach (var statistics in inputs.Values) statistics.Dispose();
    }
}
